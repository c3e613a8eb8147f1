import { assertEquals } from "@std/assert";
import { readAuditLog } from "./audit.ts";

const event = (more: object) =>
  JSON.stringify({
    kind: "Event",
    level: "Metadata",
    stage: "ResponseComplete",
    verb: "patch",
    user: { username: "system:serviceaccount:warm-images:controller" },
    objectRef: { resource: "nodes", name: "node-0", apiVersion: "v1" },
    responseStatus: { metadata: {}, code: 200 },
    stageTimestamp: "2026-11-27T06:48:29.250000Z",
    ...more,
  });

const WRITE = {
  verb: "patch",
  resource: "nodes",
  name: "node-0",
  user: "system:serviceaccount:warm-images:controller",
  status: 200,
  atMs: Date.UTC(2026, 10, 27, 6, 48, 29, 250),
};

Deno.test("who wrote what and when is read from the API server's audit log", () => {
  const status = { resource: "nodes", subresource: "status", name: "node-1" };
  const log = `${event({})}\n${event({ objectRef: status })}\n`;
  assertEquals(readAuditLog(log), [WRITE, {
    ...WRITE,
    resource: "nodes/status",
    name: "node-1",
  }]);
});

Deno.test("a line of the audit log that is half written is left for the next time", () => {
  assertEquals(readAuditLog(`${event({})}\n${event({}).slice(0, 80)}`), [WRITE]);
  assertEquals(readAuditLog(event({}).slice(0, 80)), []);
  assertEquals(readAuditLog(""), []);
});
