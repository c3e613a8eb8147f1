import { assertEquals } from "@std/assert";
import { SilentHosts } from "../../../mod/adapters/relay/registries/silent_hosts.ts";

function hostsAt() {
  const time = { ms: 1_000_000 };
  const hosts = new SilentHosts({ wallMs: () => 0, monotonicMs: () => time.ms });
  return { time, hosts };
}

Deno.test("a host that gave no answer is remembered for 30 s, or until it answers", () => {
  const { time, hosts } = hostsAt();
  assertEquals(hosts.has("a"), false);
  hosts.silent("a");
  assertEquals([hosts.has("a"), hosts.has("b")], [true, false]);
  time.ms += 30_000;
  assertEquals(hosts.has("a"), false);
  hosts.silent("a");
  hosts.answered("a");
  assertEquals(hosts.has("a"), false);
});

Deno.test("when the time is over one pull tries it, and the others pass it over meanwhile", () => {
  const { time, hosts } = hostsAt();
  hosts.asking("a");
  assertEquals(hosts.has("a"), false);
  hosts.silent("a");
  time.ms += 30_000;
  hosts.asking("a");
  assertEquals(hosts.has("a"), true);
});
