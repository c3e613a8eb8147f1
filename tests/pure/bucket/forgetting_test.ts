import { assertEquals } from "@std/assert";
import { Forgetting, type ForgettingInput } from "../../../mod/pure/bucket/forgetting.ts";
import { nodeKey, reportKey, wantedKey, whyKey } from "../../../mod/pure/bucket/state_keys.ts";

const HOUR = 60 * 60_000;
const IMAGE = wantedKey("reg.lab/app:1");

function input(rest: Partial<ForgettingInput>): ForgettingInput {
  return { surplus: [], reports: new Map(), nodes: new Set(), now: 0, ...rest };
}

Deno.test("an unwanted image and its reasons stay for an hour, then go", () => {
  const forgetting = new Forgetting(HOUR);
  const surplus = [IMAGE, whyKey("reg.lab/app:1")];
  assertEquals(forgetting.due(input({ surplus })), { keys: [], nextAt: HOUR });
  assertEquals(forgetting.due(input({ surplus, now: HOUR - 1 })).keys, []);
  assertEquals(forgetting.due(input({ surplus, now: HOUR })), { keys: surplus, nextAt: undefined });
});

Deno.test("an image that was wanted in between has its whole time again", () => {
  const forgetting = new Forgetting(HOUR);
  forgetting.due(input({ surplus: [IMAGE] }));
  forgetting.due(input({ surplus: [], now: 1_000 }));
  assertEquals(forgetting.due(input({ surplus: [IMAGE], now: HOUR })).nextAt, 2 * HOUR);
});

Deno.test("facts of a node that is gone go at once", () => {
  const surplus = [nodeKey("gone")];
  assertEquals(new Forgetting(HOUR).due(input({ surplus })), { keys: surplus, nextAt: undefined });
});

Deno.test("a report goes when its node is gone and its agent silent for an hour", () => {
  const forgetting = new Forgetting(HOUR);
  const reports = new Map([
    [reportKey("lives"), { seenAt: 0 }],
    [reportKey("gone"), { seenAt: 0 }],
    [reportKey("talks"), { seenAt: HOUR }],
  ]);
  const nodes = new Set(["lives"]);
  const due = forgetting.due(input({ reports, nodes, now: HOUR }));
  assertEquals(due, { keys: [reportKey("gone")], nextAt: 2 * HOUR });
});

Deno.test("a report of an agent that is not silent stays although nothing is to be remembered", () => {
  const forgetting = new Forgetting(0);
  const reports = new Map([[reportKey("site"), { seenAt: 0 }]]);
  assertEquals(forgetting.due(input({ reports, now: 61_000 })).keys, []);
  assertEquals(forgetting.due(input({ reports, now: 180_000 })).keys, [reportKey("site")]);
});

Deno.test("keys of a later version are left alone", () => {
  const surplus = ["later.x", "meta"];
  assertEquals(new Forgetting(0).due(input({ surplus })), { keys: [], nextAt: undefined });
});
