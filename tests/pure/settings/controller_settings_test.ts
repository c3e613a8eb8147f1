import { assertEquals, assertStringIncludes } from "@std/assert";
import { readControllerSettings } from "../../../mod/pure/settings/controller_settings.ts";
import type { Environment } from "../../../mod/pure/settings/settings.ts";

Deno.test("a controller that is told nothing has the documented defaults", () => {
  assertEquals(controller([]), {
    health: { hostname: "0.0.0.0", port: 8080 },
    log: { level: "info", format: "auto" },
    holdOnFaults: false,
    command: "run",
    nats: {
      servers: [{ hostname: "127.0.0.1", port: 4222, tls: false, shown: "nats://127.0.0.1:4222" }],
      bucket: "warm-images",
    },
    bucket: { placement: { tags: [] } },
    rules: { listSpaces: ["*"], ignoreSpaces: [], ignoreImages: [], listImages: [] },
    kinds: ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Job", "CronJob"],
    manifests: [],
    forgetAfterMs: 3_600_000,
    output: "table",
    lease: { name: "warm-images" },
  });
});

Deno.test("the first word is the command, wherever it stands", () => {
  assertEquals(controller(["plan", "--output=json"]).command, "plan");
  assertEquals(controller(["--output", "json", "plan"]).command, "plan");
  assertEquals(controller(["run"]).command, "run");
});

Deno.test("lists are separated by spaces or commas and several flags add up", () => {
  const { rules } = controller(["--ignore-spaces", "a b,c", "--ignore-spaces=c d-*"], {
    IGNORE_IMAGES: "pause, quay.io/",
  });
  assertEquals(rules.ignoreSpaces, ["a", "b", "c", "d-*"]);
  assertEquals(rules.ignoreImages, ["pause", "quay.io/"]);
});

Deno.test("a flag with an empty value empties a list that its variable fills", () => {
  assertEquals(controller(["--ignore-spaces="], { IGNORE_SPACES: "a" }).rules.ignoreSpaces, []);
});

Deno.test("each --manifests is one path as it stands, and - is standard input", () => {
  const args = ["--manifests", "a folder/x,y", "--manifests", "-"];
  assertEquals(controller(args).manifests, ["a folder/x,y", "-"]);
  assertEquals(controller([], { MANIFESTS: "a b" }).manifests, ["a", "b"]);
});

Deno.test("kinds may be plural and in any case", () => {
  assertEquals(controller(["--kinds", "pods CRONJOB,Deployments pod"]).kinds, [
    "Pod",
    "CronJob",
    "Deployment",
  ]);
});

Deno.test("an unknown kind is refused with the nearest known one", () => {
  assertStringIncludes(fault(["--kinds", "Pod Deploymint"]), '"Deploymint" is no known kind');
  assertStringIncludes(fault(["--kinds", "Pod Deploymint"]), "Deployment,");
});

Deno.test("a namespace that cannot exist is refused, and so is none at all", () => {
  assertStringIncludes(fault(["--list-spaces", "kube-* Team_A"]), '"Team_A" cannot be');
  assertStringIncludes(fault(["--list-spaces="]), "must name at least one");
});

function controller(args: string[], env: Environment = {}) {
  const outcome = readControllerSettings(args, env);
  if (outcome.type !== "settings") throw new Error(JSON.stringify(outcome));
  return outcome.settings;
}

function fault(args: string[]): string {
  const outcome = readControllerSettings(args, {});
  if (outcome.type !== "faults") throw new Error(`no faults: ${JSON.stringify(outcome)}`);
  assertEquals(outcome.faults.length, 1, JSON.stringify(outcome.faults));
  return outcome.faults[0] ?? "";
}
