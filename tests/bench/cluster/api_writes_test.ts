import { assertEquals } from "@std/assert";
import { readWrite } from "./api_writes.ts";

const line = (verb: string, uri: string) =>
  `I1125 03:37:21.593253   12097 httplog.go:134] "HTTP" verb="${verb}" URI="${uri}" ` +
  'latency="3.348191ms" userAgent="Deno/2.7.11" audit-ID="b0a1cfa4" srcIP="10.101.64.3:41074" ' +
  'apf_pl="workload-low" resp=200';

Deno.test("what changed something is read from kube-apiserver's log", () => {
  const from = { userAgent: "Deno/2.7.11", address: "10.101.64.3" };
  assertEquals(readWrite(line("PUT", "/apis/a/v1/leases/b")), {
    verb: "PUT",
    path: "/apis/a/v1/leases/b",
    ...from,
  });
  assertEquals(readWrite(line("DELETE", "/api/v1/pods/b?gracePeriodSeconds=0")), {
    verb: "DELETE",
    path: "/api/v1/pods/b",
    ...from,
  });
});

Deno.test("reads and other lines of that log count for nothing", () => {
  for (const verb of ["GET", "LIST", "WATCH"]) {
    assertEquals(readWrite(line(verb, "/api")), undefined);
  }
  assertEquals(readWrite('I1125 03:37:21 "Started"'), undefined);
});
