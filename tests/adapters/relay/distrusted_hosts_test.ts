import { assertEquals } from "@std/assert";
import { DistrustedHosts } from "../../../mod/adapters/relay/registries/distrusted_hosts.ts";

Deno.test("a host that gave wrong bytes is remembered for 30 min, for that registry", () => {
  const time = { ms: 1_000_000 };
  const hosts = new DistrustedHosts({ monotonicMs: () => time.ms });
  hosts.add("registry.example", "a");
  const known = () =>
    [["registry.example", "a"], ["registry.example", "b"], ["other.example", "a"]].map((
      [registry = "", root = ""],
    ) => hosts.has(registry, root));
  assertEquals(known(), [true, false, false]);
  time.ms += 29 * 60_000;
  hosts.add("registry.example", "a");
  time.ms += 29 * 60_000;
  assertEquals(known(), [true, false, false]);
  time.ms += 60_000;
  assertEquals(known(), [false, false, false]);
});
