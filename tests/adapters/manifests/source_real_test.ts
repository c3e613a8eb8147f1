import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { stringify } from "yaml";
import { waitUntil } from "../../harness/wait.ts";
import { Followed, pod, TempFolder } from "./followed_manifests.ts";

Deno.test("a folder is read, with the folders in it, and followed for changes", async () => {
  await using folder = new TempFolder();
  await Deno.mkdir(folder.at("deep/er"), { recursive: true });
  await folder.write("a.yaml", pod("a"));
  await folder.write("deep/er/b.yml", pod("b"));
  await folder.write("notes.txt", pod("not-a-manifest"));
  await folder.write(".hidden.yaml", pod("hidden"));
  await using followed = new Followed([folder.path]);
  assertEquals(followed.source.observe().synced, false);
  assertEquals(followed.conditions.state.get("manifests")?.holds, false);
  await followed.until("a=nginx b=nginx");
  assertEquals(followed.conditions.state.get("manifests"), { holds: true });

  await folder.write("deep/c.json", JSON.stringify({ apiVersion: "v1", kind: "List", items: [] }));
  await folder.write("d.yaml", `${pod("d1")}---\n${pod("d2")}`);
  await followed.until("a=nginx b=nginx d1=nginx d2=nginx");
  await folder.write("a.yaml", pod("a", "nginx:2"));
  await followed.until("a=nginx:2 b=nginx d1=nginx d2=nginx");
  await Deno.remove(folder.at("d.yaml"));
  await followed.until("a=nginx:2 b=nginx");
  await Deno.mkdir(folder.at("new"));
  await folder.write("new/e.yaml", pod("e"));
  await followed.until("a=nginx:2 b=nginx e=nginx");
  assertEquals(followed.faults(), []);
});

Deno.test("a broken document is a fault, the others in its file count", async () => {
  await using folder = new TempFolder();
  const path = await folder.write(
    "a.yaml",
    `${pod("a")}---\napiVersion: v1\nkind: [\n---\n${pod("b")}`,
  );
  await using followed = new Followed([folder.path]);
  await followed.until("a=nginx b=nginx");
  assertEquals(followed.faults().length, 1);
  assertStringIncludes(followed.faults()[0] ?? "", `${path}:`);
  await folder.write("a.yaml", pod("a"));
  await followed.until("a=nginx");
  assertEquals(followed.faults(), []);
});

Deno.test("a single file is followed when an editor replaces it", async () => {
  await using folder = new TempFolder();
  const path = await folder.write("pods", pod("a"));
  await using followed = new Followed([path]);
  await followed.until("a=nginx");
  await Deno.rename(await folder.write("pods~", pod("b")), path);
  await followed.until("b=nginx");
  await folder.write("pods", pod("c"));
  await followed.until("c=nginx");
});

Deno.test("a missing path is named and followed until it appears", async () => {
  await using folder = new TempFolder();
  const there = await folder.write("there.yaml", pod("there"));
  await using elsewhere = new TempFolder();
  const late = elsewhere.at("late/manifests");
  await using followed = new Followed([late, there]);
  await followed.until("there=nginx");
  const fault = `Cannot read "${late}": it does not exist`;
  assertEquals(followed.faults(), [fault]);
  assertEquals(followed.conditions.state.get("manifests"), { holds: false, reason: fault });
  await Deno.mkdir(late, { recursive: true });
  await elsewhere.write("late/manifests/a.yaml", pod("a"));
  await followed.until("a=nginx there=nginx");
  assertEquals(followed.conditions.state.get("manifests"), { holds: true });
});

Deno.test("a folder that was removed and recreated is followed again", async () => {
  await using folder = new TempFolder();
  const path = folder.at("sub");
  await Deno.mkdir(path);
  await folder.write("sub/a.yaml", pod("a"));
  await using followed = new Followed([path]);
  await followed.until("a=nginx");
  await Deno.remove(path, { recursive: true });
  await followed.until("");
  await Deno.mkdir(path);
  await folder.write("sub/b.yaml", pod("b"));
  await followed.until("b=nginx");
  await folder.write("sub/b.yaml", pod("b", "nginx:2"));
  await followed.until("b=nginx:2");
});

Deno.test("a folder that another took the place of is followed where it is now", async () => {
  await using folder = new TempFolder();
  const path = folder.at("sub");
  for (const name of ["sub", "new"]) {
    await Deno.mkdir(folder.at(name));
    await folder.write(`${name}/a.yaml`, pod(name));
  }
  await using followed = new Followed([path]);
  await followed.until("sub=nginx");
  folder.replace("sub", "old", "new");
  await folder.write("old/b.yaml", pod("b"));
  await followed.until("new=nginx");
  await folder.write("sub/a.yaml", pod("new", "nginx:2"));
  await followed.until("new=nginx:2");
});

Deno.test("a folder behind a link is followed to where the link leads now", async () => {
  await using folder = new TempFolder();
  for (const name of ["old", "new"]) {
    await Deno.mkdir(folder.at(name));
    await folder.write(`${name}/a.yaml`, pod(name));
    await Deno.symlink(name, folder.at(`to-${name}`));
  }
  const path = folder.at("current");
  await Deno.rename(folder.at("to-old"), path);
  await using followed = new Followed([path]);
  await followed.until("old=nginx");
  await Deno.rename(folder.at("to-new"), path);
  // Nobody sees the link change; the next event in the old folder makes the source look.
  await folder.write("old/b.yaml", pod("b"));
  await followed.until("new=nginx");
  await folder.write("new/a.yaml", pod("new", "nginx:2"));
  await followed.until("new=nginx:2");
});

Deno.test("a mounted ConfigMap is read through its links, also after an update", async () => {
  await using folder = new TempFolder();
  const publish = async (version: string, image: string) => {
    await Deno.mkdir(folder.at(`..${version}`));
    await folder.write(`..${version}/a.yaml`, pod("a", image));
    await Deno.symlink(`..${version}`, folder.at("..next"));
    await Deno.rename(folder.at("..next"), folder.at("..data"));
  };
  await publish("1", "nginx:1");
  await Deno.symlink("..data/a.yaml", folder.at("a.yaml"));
  await using followed = new Followed([folder.path]);
  await followed.until("a=nginx:1");
  await publish("2", "nginx:2");
  await followed.until("a=nginx:2");
});

Deno.test("links that lead in a circle end", async () => {
  await using folder = new TempFolder();
  await folder.write("a.yaml", pod("a"));
  await Deno.mkdir(folder.at("sub"));
  await Deno.symlink("..", folder.at("sub/up"));
  await Deno.symlink(".", folder.at("sub/here"));
  await using followed = new Followed([folder.path]);
  await followed.until("a=nginx");
  assertEquals(followed.faults(), []);
});

Deno.test("a file that cannot be read keeps what was known of it until it can", async () => {
  await using folder = new TempFolder();
  const path = await folder.write("a.yaml", pod("a"));
  await using followed = new Followed([folder.path], { checkAgainMs: 50 });
  await followed.until("a=nginx");
  // Reading a process's memory from its start fails for everyone, root too.
  await Deno.symlink("/proc/self/mem", folder.at("next"));
  await Deno.rename(folder.at("next"), path);
  await waitUntil("the fault shows", () => followed.faults().length > 0);
  assertEquals(followed.wanted(), "a=nginx");
  assertStringIncludes(followed.faults()[0] ?? "", `${path}: Cannot read the file: `);
  assertStringIncludes(followed.faults()[0] ?? "", "; what was known of it stays");
  await Deno.remove(path);
  await folder.write("a.yaml", pod("b"));
  await followed.until("b=nginx");
});

Deno.test("a folder that cannot be read keeps what was known of it", async () => {
  await using folder = new TempFolder();
  await Deno.mkdir(folder.at(".real"));
  await folder.write(".real/a.yaml", pod("a"));
  await Deno.symlink(".real", folder.at("sub"));
  await using followed = new Followed([folder.path]);
  await followed.until("a=nginx");
  // A link to itself, put there in one step: a folder that is missing for a moment is forgotten.
  await Deno.symlink("sub", folder.at(".next"));
  await Deno.rename(folder.at(".next"), folder.at("sub"));
  await waitUntil("the fault shows", () => followed.faults().length > 0);
  assertEquals(followed.wanted(), "a=nginx");
});

Deno.test("files that are no text, and templates of objects, are faults", async () => {
  await using folder = new TempFolder();
  await Deno.writeFile(folder.at("binary.yaml"), new Uint8Array([0x7f, 0x45, 0, 1]));
  await folder.write(
    "helm.yaml",
    "apiVersion: v1\nkind: Pod\nspec:\n  image: {{ .Values.image }}\n",
  );
  await folder.write("good.yaml", pod("good"));
  await using followed = new Followed([folder.path]);
  await followed.until("good=nginx");
  assertEquals(followed.faults(), [
    `${folder.at("binary.yaml")}: Cannot read the file: it holds NUL bytes: it is no text, or ` +
    "UTF-16 without a byte order mark",
    `${folder.at("helm.yaml")}:4: It is a template that nothing has filled in (see helm template)`,
  ]);
});

Deno.test("files in UTF-16 with a byte order mark are read", async () => {
  await using folder = new TempFolder();
  for (const [name, big] of [["little", false], ["big", true]] as const) {
    const text = `\uFEFF${pod(name)}`;
    const bytes = new DataView(new ArrayBuffer(2 * text.length));
    for (let at = 0; at < text.length; at++) bytes.setUint16(2 * at, text.charCodeAt(at), !big);
    await Deno.writeFile(folder.at(`${name}.yaml`), new Uint8Array(bytes.buffer));
  }
  await using followed = new Followed([folder.path]);
  await followed.until("big=nginx little=nginx");
  assertEquals(followed.faults(), []);
});

Deno.test("what is no Kubernetes object is counted in one line and is no fault", async () => {
  await using folder = new TempFolder();
  await folder.write("a.yaml", `${pod("a")}---\nnotes: 1\n`);
  await folder.write("values.yaml", "image:\n  tag: {{ none }}\n");
  await folder.write("dashboard.json", '{ "panels": [], "title": "x" }');
  await using followed = new Followed([folder.path], { checkAgainMs: 20 });
  await followed.until("a=nginx");
  assertEquals(followed.faults(), []);
  const message = "Left out documents that are no Kubernetes objects";
  const first = ["a.yaml", "dashboard.json", "values.yaml"].map((name) => folder.at(name));
  assertEquals(followed.logged(message), [{ count: 3, first: first.join(", ") }]);
  await folder.write("a.yaml", pod("b"));
  await followed.until("b=nginx");
  assertEquals(followed.logged(message).slice(1), [{ count: 2, first: first.slice(1).join(", ") }]);
});

Deno.test("of an object that comes twice the images of both count, which is said once", async () => {
  await using folder = new TempFolder();
  const first = await folder.write("2.yaml", pod("a", "old"));
  const later = await folder.write("1.yaml", pod("a", "new"));
  await using followed = new Followed([first, later]);
  await followed.until("a=old+new");
  await folder.write("1.yaml", pod("a", "newer"));
  await followed.until("a=old+newer");
  assertEquals(followed.logged("Found objects more than once, the images of each count"), [
    { count: 1, first: `Pod default/a is in "${first}" and again in "${later}"` },
  ]);
});

Deno.test("a key given twice is warned of once, with file and line", async () => {
  await using folder = new TempFolder();
  const path = await folder.write("a.yaml", `${pod("a")}kind: Pod\n`);
  await using followed = new Followed([path]);
  await followed.until("a=nginx");
  await folder.write("a.yaml", `${pod("b")}kind: Pod\n`);
  await followed.until("b=nginx");
  assertEquals(followed.faults(), []);
  assertEquals(followed.logged("Read a manifest as Kubernetes does"), [
    { warning: `${path}:8: The key "kind" is given twice, and the later one counts` },
  ]);
});

Deno.test("objects without a namespace are in the one that is given", async () => {
  await using folder = new TempFolder();
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n1" } };
  const own = pod("own").replace("metadata:", "metadata:\n  namespace: own");
  await folder.write("a.yaml", [pod("bare"), own, stringify(node)].join("---\n"));
  await folder.write("b.yaml", "apiVersion: v1\nkind: Pod\nspec: { containers: [{ image: c }] }\n");
  await using followed = new Followed([folder.path], { namespace: "shop" });
  await followed.until("=c bare=nginx own=nginx");
  const { workloads, nodes } = followed.seen();
  assertEquals(workloads.map(({ name, namespace }) => `${namespace}/${name}`), [
    "shop/bare",
    "own/own",
    "shop/",
  ]);
  assertEquals(nodes.map(({ name }) => name), ["n1"]);
});

Deno.test("only files that changed are read again, and nothing is told when nothing changed", async () => {
  await using folder = new TempFolder();
  await folder.write("a.yaml", pod("a"));
  const path = await folder.write("b.yaml", pod("b"));
  await using followed = new Followed([folder.path], { checkAgainMs: 20 });
  await followed.until("a=nginx b=nginx");
  const [before] = followed.seen().workloads;
  await folder.write("b.yaml", pod("b", "nginx:2"));
  await followed.until("a=nginx b=nginx:2");
  const [after] = followed.seen().workloads;
  assert(before === after, "the unchanged file was read again");
  assertEquals(followed.causes.at(0), "manifests read");
  assert(
    followed.causes.slice(1).every((cause) => cause === `${path} changed`),
    followed.causes.join(),
  );
});

Deno.test("Node and Namespace objects are facts, and kinds are those that are asked for", async () => {
  await using folder = new TempFolder();
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n1" } };
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
  await folder.write("a.yaml", [pod("a"), stringify(node), stringify(namespace)].join("---\n"));
  await using followed = new Followed([folder.path]);
  await followed.until("a=nginx");
  const { kinds } = followed.source.observe();
  const { nodes, namespaces } = followed.seen();
  assertEquals([kinds.has("Pod"), kinds.has("Service")], [true, false]);
  assertEquals(nodes.map(({ name }) => name), ["n1"]);
  assertEquals(namespaces.map(({ name }) => name), ["shop"]);
});

Deno.test("ten megabytes of manifests are read whole, as documents and as a list", async () => {
  await using folder = new TempFolder();
  const filler = "x".repeat(1000);
  const item = (name: string) =>
    ["- apiVersion: v1", "  kind: Pod", `  metadata: { name: ${name}, labels: { x: ${filler} } }`]
      .concat(`  spec: { containers: [{ image: nginx:${name} }] }`).join("\n");
  const indices = Array.from({ length: 5000 }, (_, index) => index);
  const list = ["apiVersion: v1", "kind: List", "items:", ...indices.map((i) => item(`l${i}`))];
  await folder.write("list.yaml", `${list.join("\n")}\n`);
  const documents = indices.map((i) => item(`d${i}`).replace(/^./gm, " "));
  await folder.write("documents.yaml", documents.join("\n---\n"));
  await using followed = new Followed([folder.path]);
  await waitUntil("all is read", () => followed.source.observe().synced, { timeoutMs: 180_000 });
  assertEquals(followed.faults(), []);
  assertEquals(followed.seen().workloads.length, 10_000);
});
