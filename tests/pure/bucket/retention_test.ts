import { assertEquals } from "@std/assert";
import { Retention, type RetentionInput } from "../../../mod/pure/bucket/retention.ts";
import { nodeKey, reportKey, wantedKey, whyKey } from "../../../mod/pure/bucket/state_keys.ts";

const HOUR = 60 * 60_000;
const IMAGE = wantedKey("reg.lab/app:1");

function input(rest: Partial<RetentionInput>): RetentionInput {
  return { unwantedKeys: [], reports: new Map(), nodes: new Set(), now: 0, ...rest };
}

Deno.test("an unwanted image and its reasons stay for an hour, then go", () => {
  const retention = new Retention(HOUR);
  const unwantedKeys = [IMAGE, whyKey("reg.lab/app:1")];
  assertEquals(retention.due(input({ unwantedKeys })), { keys: [], nextAt: HOUR });
  assertEquals(retention.due(input({ unwantedKeys, now: HOUR - 1 })).keys, []);
  assertEquals(retention.due(input({ unwantedKeys, now: HOUR })), {
    keys: unwantedKeys,
    nextAt: undefined,
  });
});

Deno.test("an image that was wanted in between has its whole time again", () => {
  const retention = new Retention(HOUR);
  retention.due(input({ unwantedKeys: [IMAGE] }));
  retention.due(input({ unwantedKeys: [], now: 1_000 }));
  assertEquals(retention.due(input({ unwantedKeys: [IMAGE], now: HOUR })).nextAt, 2 * HOUR);
});

Deno.test("facts of a node that is gone go at once", () => {
  const unwantedKeys = [nodeKey("gone")];
  assertEquals(new Retention(HOUR).due(input({ unwantedKeys })), {
    keys: unwantedKeys,
    nextAt: undefined,
  });
});

Deno.test("a report goes when its node is gone and its agent silent for an hour", () => {
  const retention = new Retention(HOUR);
  const reports = new Map([
    [reportKey("lives"), { seenAt: 0 }],
    [reportKey("gone"), { seenAt: 0 }],
    [reportKey("talks"), { seenAt: HOUR }],
  ]);
  const nodes = new Set(["lives"]);
  const due = retention.due(input({ reports, nodes, now: HOUR }));
  assertEquals(due, { keys: [reportKey("gone")], nextAt: 2 * HOUR });
});

Deno.test("a report of an agent that is not silent stays although nothing is to be remembered", () => {
  const retention = new Retention(0);
  const reports = new Map([[reportKey("site"), { seenAt: 0 }]]);
  assertEquals(retention.due(input({ reports, now: 61_000 })).keys, []);
  assertEquals(retention.due(input({ reports, now: 180_000 })).keys, [reportKey("site")]);
});

Deno.test("every report stays while the nodes are unknown", () => {
  const reports = new Map([[reportKey("gone"), { seenAt: 0 }]]);
  const due = new Retention(0).due(input({ reports, nodes: undefined, now: HOUR }));
  assertEquals(due, { keys: [], nextAt: undefined });
});

Deno.test("keys of a later version are left alone", () => {
  const unwantedKeys = ["later.x", "meta"];
  assertEquals(new Retention(0).due(input({ unwantedKeys })), { keys: [], nextAt: undefined });
});
