import { assertEquals } from "@std/assert";
import { nodeKey, wantedKey, whereKey, whyKey } from "../../../mod/pure/bucket/state_keys.ts";
import { clusterIsRead, withoutUnread } from "../../../mod/pure/bucket/unread_kinds.ts";

const IMAGE = "reg.lab/app:1";
const KEYS = [wantedKey(IMAGE), whereKey(2, IMAGE), whyKey(IMAGE)];
const NODE = nodeKey("n1");

/** What may be deleted of an image with these reasons and a node's facts. */
function unwanted(why: string | undefined, ...unread: string[]): readonly string[] {
  const held = new Map(why === undefined ? [] : [[whyKey(IMAGE), why]]);
  const diff = { puts: new Map(), unwantedKeys: [...KEYS, NODE] };
  return withoutUnread(diff, held, new Set(unread)).unwantedKeys;
}

function whyOf(kinds: readonly string[], count = kinds.length): string {
  const reasons = kinds.map((kind) => ({ kind, namespace: "shop", name: "web" }));
  return JSON.stringify({ v: 1, count, reasons });
}

Deno.test("where every kind was read, the difference stays as it is", () => {
  assertEquals(unwanted(whyOf(["Job"])), [...KEYS, NODE]);
  assertEquals(unwanted(undefined), [...KEYS, NODE]);
});

Deno.test("an image stays while its reasons name a kind that was never read", () => {
  assertEquals(unwanted(whyOf(["Deployment", "Job"]), "Job"), [NODE]);
  assertEquals(unwanted(whyOf(["Deployment"]), "Job"), [...KEYS, NODE]);
});

Deno.test("a kind that was not read in one namespace keeps what it asked for there, no more", () => {
  assertEquals(unwanted(whyOf(["Job"]), "Job/shop"), [NODE]);
  assertEquals(unwanted(whyOf(["Job"]), "Job/other", "Namespace/other"), [...KEYS, NODE]);
});

Deno.test("an image stays while not all of its reasons are known", () => {
  assertEquals(unwanted(whyOf(["Deployment"], 21), "Job"), [NODE]);
  assertEquals(unwanted("{", "Job"), [NODE]);
  assertEquals(unwanted(undefined, "Job"), [NODE]);
});

Deno.test("before Nodes and Namespaces were read, everything stays", () => {
  for (const kind of ["Node", "Namespace"]) {
    assertEquals(clusterIsRead(new Set([kind])), false);
    assertEquals(unwanted(whyOf(["Deployment"]), kind), []);
  }
  assertEquals(clusterIsRead(new Set(["Job"])), true);
});

Deno.test("reasons that name an unread kind are not overwritten, all else is", () => {
  const [job, other] = ["reg.lab/job:1", "reg.lab/other:1"];
  const held = new Map([
    [whyKey(job), whyOf(["Deployment", "Job"])],
    [whyKey(other), whyOf(["Deployment", "Pod"])],
  ]);
  const keys = [wantedKey(job), whyKey(job), whyKey(other), whyKey(IMAGE), NODE];
  const puts = new Map(keys.map((key) => [key, "new"]));
  const left = withoutUnread({ puts, unwantedKeys: [] }, held, new Set(["Job"]));
  assertEquals([...left.puts.keys()], keys.filter((key) => key !== whyKey(job)));
});

Deno.test("a private image stays as it is while the marks of its namespace were never read", () => {
  const value = { v: 1, reference: IMAGE, priority: 0, placements: [{}], pullSecrets: [] };
  const uses = [{ mode: "bytes", secrets: [] }];
  const written = (unread: string, rest: object = { private: uses }) => {
    const held = new Map([
      [wantedKey(IMAGE), JSON.stringify({ ...value, ...rest })],
      [whyKey(IMAGE), whyOf(["Deployment"])],
    ]);
    const puts = new Map([...held.keys(), NODE].map((key) => [key, "new"]));
    return [...withoutUnread({ puts, unwantedKeys: [] }, held, new Set([unread])).puts.keys()];
  };
  const all = [wantedKey(IMAGE), whyKey(IMAGE), NODE];
  assertEquals(written("Namespace"), [NODE]);
  assertEquals(written("Namespace/shop"), [NODE]);
  assertEquals(written("Namespace/other"), all);
  assertEquals(written("Job"), all);
  assertEquals(written("Namespace", {}), all);
});
