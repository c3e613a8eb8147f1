import { assertEquals } from "@std/assert";
import { type CtrEvent, parseEvent } from "../../../mod/pure/pulls/ctr_events.ts";

const AT = "2026-11-22 11:21:10.815454390 +0000 UTC k8s.io";
const CONFIG = `sha256:${"5".repeat(64)}`;
const DIGEST = `sha256:${"6".repeat(64)}`;
const MANAGED = '"labels":{"io.cri-containerd.image":"managed"}';

// Recorded from containerd 1.6.20, 1.7.24, 2.3 and 2.4, which tell the same, and from a kubelet's node.
const RECORDED: readonly (readonly [what: string, line: string, event: CtrEvent | undefined])[] = [
  ["our pull", `/images/create {"name":"r/x:1"}`, named("r/x:1", true, false)],
  [
    "the CRI's label on it",
    `/images/update {"name":"r/x:1",${MANAGED}}`,
    named("r/x:1", false, true),
  ],
  ["kubelet's pull", `/images/create {"name":"r/x:1",${MANAGED}}`, named("r/x:1", true, true)],
  ["its configuration", `/images/create {"name":"${CONFIG}",${MANAGED}}`, undefined],
  [
    "its digest",
    `/images/create {"name":"r/x@${DIGEST}",${MANAGED}}`,
    named(`r/x@${DIGEST}`, true, true),
  ],
  ["a removal", `/images/delete {"name":"r/x:1"}`, { type: "deleted", reference: "r/x:1" }],
  [
    "a container",
    `/containers/create {"id":"c1","image":"r/x:1","runtime":{"name":"io.containerd.runc.v2",` +
    `"options":{"type_url":"containerd.runc.v1.Options"}}}`,
    { type: "used", reference: "r/x:1" },
  ],
];

for (const [what, line, event] of RECORDED) {
  Deno.test(`the event of ${what} is read`, () => {
    assertEquals(parseEvent(`${AT} ${line}`), event);
  });
}

Deno.test("what is no event of those is nothing", () => {
  for (
    const line of [
      "",
      `/images/delete {"name":"r/x:1"}`,
      `reason ${AT} /images/delete {"name":"r/x:1"}`,
      `${AT} /tasks/exec-added {"container_id":"c1","exec_id":"probe"}`,
      `${AT} /containers/create {"id":"c1","runtime":{}}`,
      `${AT} /images/delete {"name":"${CONFIG}"}`,
      `${AT} /images/delete {"name":7}`,
      `${AT} /images/delete {"name":""}`,
      `${AT} /images/delete {}`,
      `${AT} /images/delete null`,
      `${AT} /images/delete {"name":"r/x`,
    ]
  ) assertEquals(parseEvent(line), undefined, line);
});

function named(reference: string, isNew: boolean, byKubelet: boolean): CtrEvent {
  return { type: "named", reference, isNew, byKubelet };
}
