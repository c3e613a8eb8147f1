import { assertEquals } from "@std/assert";
import { openLeaseFiles } from "../../../mod/adapters/containerd/lease_files.ts";
import { recordingLogger } from "../../harness/fakes/quiet.ts";

const [A, B] = ["100000001-aaaa", "100000002-bbbb"] as const;
const REFERENCE = "registry.example/app:1";

async function temporaryFolder() {
  const path = await Deno.makeTempDir({ prefix: "warm-images-leases-" });
  return {
    path,
    namesIn: async () =>
      (await Array.fromAsync(Deno.readDir(`${path}/leases`))).map(({ name }) => name).toSorted(),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

const open = (folder: string) => openLeaseFiles(folder, recordingLogger());

Deno.test("leases of an agent that lives are nobody else's, and the next one's when it has ended", async () => {
  await using folder = await temporaryFolder();
  using one = open(folder.path);
  await one.add(A, REFERENCE);
  using beside = open(folder.path);
  assertEquals(await beside.read(), new Map());
  await beside.add(B, REFERENCE);
  assertEquals(await folder.namesIn(), [A, B]);
  one[Symbol.dispose]();
  using next = open(folder.path);
  assertEquals(await next.read(), new Map([[A, REFERENCE]]));
  assertEquals(await beside.read(), new Map(), "they are the next one's now");
  await next.remove(A);
  assertEquals(await folder.namesIn(), [B]);
});

Deno.test("a lease that is written down twice is one, and what is taken away can come again", async () => {
  await using folder = await temporaryFolder();
  using files = open(folder.path);
  await files.add(A, REFERENCE);
  await files.add(A, REFERENCE);
  assertEquals(await Deno.readTextFile(`${folder.path}/leases/${A}`), REFERENCE);
  await files.remove(A);
  await files.add(A, REFERENCE);
  files[Symbol.dispose]();
  using next = open(folder.path);
  assertEquals(await next.read(), new Map([[A, REFERENCE]]));
});

Deno.test("files that hold no reference, or have no name of a lease, are left where they are", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/leases`);
  const texts = { [A]: "", [B]: "--all", "notes": REFERENCE, "100000003-cccc": "x".repeat(5000) };
  for (const [name, text] of Object.entries(texts)) {
    await Deno.writeTextFile(`${folder.path}/leases/${name}`, text);
  }
  using files = open(folder.path);
  assertEquals(await files.read(), new Map());
  assertEquals((await folder.namesIn()).length, 4);
});

Deno.test("a folder that cannot be used is told once, and takes nothing from a pull", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/leases`, "");
  const logger = recordingLogger();
  using files = openLeaseFiles(folder.path, logger);
  await files.add(A, REFERENCE);
  await files.add(B, REFERENCE);
  assertEquals([logger.lines.length, await files.read()], [1, new Map()]);
});
