import { assertEquals, assertStringIncludes } from "@std/assert";
import { agentVariables, readAgentSettings } from "../../../mod/pure/settings/agent_settings.ts";
import { readControllerSettings } from "../../../mod/pure/settings/controller_settings.ts";
import type { Environment, SettingsOutcome } from "../../../mod/pure/settings/settings.ts";

Deno.test("an agent that is told nothing has the documented defaults", () => {
  assertEquals(agent([]), {
    health: { hostname: "0.0.0.0", port: 8080 },
    log: { level: "info", format: "auto" },
    holdOnFaults: false,
    nats: {
      servers: [{ hostname: "127.0.0.1", port: 4222, tls: false, shown: "nats://127.0.0.1:4222" }],
      bucket: "warm-images",
    },
    containerd: {
      address: "/run/containerd/containerd.sock",
      namespace: "k8s.io",
      ctr: "ctr",
      hostsDir: "/etc/containerd/certs.d",
      root: "/var/lib/containerd",
      snapshotter: "auto",
    },
    pullParallel: 3,
    pullsPerRegistry: 2,
    relay: {
      on: true,
      folder: "/run/warm-images",
      connections: 8,
      requestsPerSecond: 0,
    },
    logins: {},
    yieldToKubelet: true,
    maxImages: 0,
    pins: { which: "off", maxBytes: 20 * 2 ** 30, forMs: 86_400_000, unpinOnExit: false },
    pullIdleTimeoutMs: 120_000,
    diskHighPercent: 80,
    lookAgainMs: 600_000,
    refreshEveryMs: 21_600_000,
    exitWhenRuntimeLostMs: 0,
  });
});

Deno.test("a flag beats its variable, and a variable beats the default", () => {
  assertEquals(agent([], { PULL_PARALLEL: "5" }).pullParallel, 5);
  assertEquals(agent(["--pull-parallel", "7"], { PULL_PARALLEL: "5" }).pullParallel, 7);
  assertEquals(agent(["--pull-parallel=7"], { PULL_PARALLEL: "x" }).pullParallel, 7);
});

Deno.test("an empty variable counts as unset", () => {
  assertEquals(agent([], { PULL_PARALLEL: "", NODE_NAME: "" }), agent([]));
});

Deno.test("of a flag given twice the last one counts", () => {
  assertEquals(agent(["--pull-parallel", "1", "--pull-parallel=2"]).pullParallel, 2);
});

Deno.test("every fault is told at once, with flag, variable and current value", () => {
  const outcome = readAgentSettings(
    ["--pull-parallel", "x", "--containerd-address", "run/c.sock", "--look-again"],
    { DISK_HIGH: "100" },
  );
  assertEquals(faultsOf(outcome), [
    '--containerd-address (CONTAINERD_ADDRESS): must be an absolute path, current value is "run/c.sock"',
    '--pull-parallel (PULL_PARALLEL): must be a whole number from 1 to 50, current value is "x"',
    '--disk-high (DISK_HIGH): must be a whole number from 1 to 99, current value is "100"',
    "--look-again (LOOK_AGAIN): needs a value: DURATION",
  ]);
});

Deno.test("a program that holds on faults still knows where to show them", () => {
  const env = { HOLD_ON_FAULTS: "true", PULL_PARALLEL: "x", LOG_FORMAT: "json", LOG_LEVEL: "loud" };
  const outcome = readAgentSettings(["--health-address", ":9"], env);
  assertEquals(faultsOf(outcome).length, 2);
  assertEquals(heldOf(outcome), {
    health: { hostname: "0.0.0.0", port: 9 },
    log: { level: "info", format: "json" },
    holdOnFaults: true,
  });
  assertEquals(heldOf(readAgentSettings(["--health-address=x"], env))?.health?.port, 8080);
  assertEquals(heldOf(readAgentSettings([], { ...env, HOLD_ON_FAULTS: "" })), undefined);
  assertEquals(heldOf(readAgentSettings([], { ...env, HOLD_ON_FAULTS: "yes" })), undefined);
});

Deno.test("a plan is not held", () => {
  const env = { HOLD_ON_FAULTS: "true", KINDS: "x" };
  assertEquals(heldOf(readControllerSettings(["plan"], env)), undefined);
  assertEquals(heldOf(readControllerSettings(["run"], env))?.holdOnFaults, true);
});

Deno.test("an unknown flag is refused with the nearest known one", () => {
  assertEquals(faultsOf(readAgentSettings(["--pull-paralel", "3"], {})), [
    "--pull-paralel: unknown flag, the nearest known one is --pull-parallel",
  ]);
  assertEquals(faultsOf(readAgentSettings(["--kubeconfig=x"], {})).length, 1);
});

Deno.test("an unknown command is refused with the nearest known one", () => {
  assertEquals(faultsOf(readControllerSettings(["plam"], {})), [
    '"plam": unknown command, the nearest known one is "plan"',
  ]);
  assertEquals(faultsOf(readControllerSettings(["plan", "more"], {})), [
    '"more": unexpected argument',
  ]);
  assertStringIncludes(faultsOf(readAgentSettings(["run"], {}))[0] ?? "", "takes flags only");
});

Deno.test("a secret cannot be given as a flag, and is not repeated", () => {
  const args = ["--nats-username=u", "--nats-password", "hunter2", "--nats-token=hunter3"];
  const text = faultsOf(readAgentSettings(args, {})).join("\n");
  assertStringIncludes(text, "use NATS_PASSWORD or --nats-password-file");
  assertStringIncludes(text, "use NATS_TOKEN or --nats-token-file");
  assertEquals(text.includes("hunter"), false);
});

Deno.test("a password inside a URL is refused without repeating it", () => {
  const outcome = readAgentSettings(["--nats-url", "nats://a,nats://me:hunter2@b"], {});
  assertEquals(faultsOf(outcome), [
    "--nats-url (NATS_URL): must not hold a user name or password: use NATS_USERNAME and NATS_PASSWORD",
  ]);
});

Deno.test("--help and --version win over faults", () => {
  assertEquals(readAgentSettings(["--nonsense", "--version"], {}), { type: "version" });
  assertEquals(readAgentSettings(["-V"], {}), { type: "version" });
  assertEquals(readControllerSettings(["plam", "-h"], { DISK_HIGH: "x" }).type, "help");
});

Deno.test("the agent's variables are those of its flags, in capitals", () => {
  const variables = agentVariables();
  for (const name of ["NODE_NAME", "NATS_PASSWORD", "CTR", "HEALTH_ADDRESS"]) {
    assertEquals(variables.includes(name), true, name);
  }
  assertEquals(variables.includes("KUBECONFIG"), false);
});

function agent(args: string[], env: Environment = {}) {
  const outcome = readAgentSettings(args, env);
  if (outcome.type !== "settings") throw new Error(JSON.stringify(outcome));
  return outcome.settings;
}

function heldOf(outcome: SettingsOutcome<unknown>) {
  return outcome.type === "faults" ? outcome.held : undefined;
}

function faultsOf(outcome: SettingsOutcome<unknown>): readonly string[] {
  if (outcome.type !== "faults") throw new Error(`no faults: ${JSON.stringify(outcome)}`);
  return outcome.faults;
}

Deno.test("of flags that resemble none no other is proposed", () => {
  assertEquals(faultsOf(readControllerSettings(["--refresh-every=1h"], {})), [
    "--refresh-every: unknown flag",
  ]);
});
