import { assertEquals, assertStringIncludes } from "@std/assert";
import { readControllerSettings } from "../../../mod/pure/settings/controller_settings.ts";
import type { Environment } from "../../../mod/pure/settings/settings.ts";

Deno.test("a controller that is told nothing has the documented defaults", () => {
  assertEquals(controller([]), {
    health: { hostname: "0.0.0.0", port: 8080 },
    log: { level: "info", format: "auto" },
    holdOnFaults: false,
    command: "run",
    operands: [],
    status: { watch: false, wait: false, benefit: false, timeoutMs: 600_000 },
    page: true,
    plan: { diff: false, sizes: false },
    nats: {
      servers: [{ hostname: "127.0.0.1", port: 4222, tls: false, shown: "nats://127.0.0.1:4222" }],
      bucket: "warm-images",
    },
    bucket: { placement: { tags: [] } },
    rules: {
      listSpaces: ["*"],
      ignoreSpaces: [],
      ignoreImages: [],
      listImages: [],
      keepRevisions: 1,
      onlyMarked: false,
    },
    kinds: ["auto"],
    namespaced: false,
    controllerUrl: "http://127.0.0.1:8080",
    manifests: [],
    defaultNamespace: "default",
    forgetAfterMs: 3_600_000,
    startupTaints: [],
    gate: {
      isOn: false,
      taints: [
        { key: "warm-images/cold" },
        { key: "startup-taint.cluster-autoscaler.kubernetes.io/warm-images-cold" },
      ],
      condition: false,
      limitMs: 300_000,
      for: { type: "running" },
    },
    private: { modes: ["bytes"], openRegistries: [], pullSecrets: [], nodeKeys: [] },
    failureEvents: false,
    output: "table",
    lease: { name: "warm-images" },
    logins: { fullname: "warm-images", workload: "deployments" },
  });
});

Deno.test("the first word is the command, wherever it stands", () => {
  assertEquals(controller(["plan", "--output=json"]).command, "plan");
  assertEquals(controller(["--output", "json", "plan"]).command, "plan");
  for (const command of ["run", "make-logins", "remove-logins", "remove-bytes"] as const) {
    assertEquals(controller([command]).command, command);
  }
});

Deno.test("a command takes the operands that it knows what to do with", () => {
  const { command, operands, status } = controller(["status", "web:1", "--wait", "node-1"]);
  assertEquals([command, operands, status.wait], ["status", ["web:1", "node-1"], true]);
  for (
    const [args, fault] of [
      [["why"], "why: IMAGE is missing"],
      [["why", "a", "b"], '"b": unexpected argument'],
      [["plan", "a"], '"a": unexpected argument'],
    ] as const
  ) {
    assertEquals(readControllerSettings(args, {}), {
      type: "faults",
      faults: [fault],
      held: undefined,
    });
  }
});

Deno.test("what is for one call of a command is never taken from the environment", () => {
  const env = {
    WATCH: "true",
    WAIT: "true",
    BENEFIT: "true",
    TIMEOUT: "5s",
    NODE: "a",
    DIFF: "true",
  };
  const { status, whyNode, plan } = controller(["status"], env);
  assertEquals(status, { watch: false, wait: false, benefit: false, timeoutMs: 600_000 });
  assertEquals([whyNode, plan.diff], [undefined, false]);
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

Deno.test("a known kind may be named by its plural, its resource or its group", () => {
  const words = "prometheuses jobs.batch rollouts.argoproj.io Service.serving.knative.dev cluster" +
    ".postgresql.cnpg.io configmaps";
  assertEquals(controller(["--kinds", words]).kinds, [
    ...["Prometheus", "Job", "Rollout", "KnativeService", "PostgresCluster", "ConfigMap"],
  ]);
});

Deno.test("any kind may be named by resource and group, with a field that names images", () => {
  const words = ["shops.example.com", "clusters.postgresql.cnpg.io=.spec.imageName", "auto"];
  assertEquals(controller(["--kinds", words.join(" ")]).kinds, words);
  for (const word of ["shops.", ".example.com", "Shops.Example.COM", "a.b=", "shops.example/v1"]) {
    assertStringIncludes(fault(["--kinds", word]), "is no known kind");
    assertStringIncludes(fault(["--kinds", word]), "such as shops.example.com");
  }
});

Deno.test("Event beside other kinds has starts counted, and alone it is refused", () => {
  assertEquals(controller(["--kinds", "auto events"]).kinds, ["auto", "Event"]);
  assertEquals(controller([]).kinds.includes("Event"), false);
  const told = "--kinds (KINDS): Event alone names no images: auto Event";
  assertEquals(fault(["--kinds", "Event"]), told);
});

Deno.test("a kind may be named as logs and /readyz name it", () => {
  const words = ["Shop.example.com", "Shop.example.com=.spec.image"];
  assertEquals(controller(["--kinds", words.join(" ")]).kinds, words);
});

Deno.test("startup taints are keys and globs of keys, but never all taints", () => {
  const keys = ["example.com/*", "*/agent-not-ready", "plain"];
  assertEquals(controller([`--startup-taints=${keys.join(" ")}`]).startupTaints, keys);
  for (const key of ["*", "*/*", "?", "a/b/c", "a=b", "a:NoSchedule"]) {
    assertStringIncludes(
      fault([`--startup-taints=${key}`]),
      `"${key}" cannot be the key of a taint`,
    );
  }
});

Deno.test("a controller to check is an address without path, user or query", () => {
  assertEquals(controller(["check", "--controller-url=http://c.ns.svc:80"]).command, "check");
  for (const url of ["c:8080", "http://c/metrics", "http://u:p@c", "ftp://c", "http://"]) {
    assertStringIncludes(fault([`--controller-url=${url}`]), "must be http://host:port");
  }
});

Deno.test("namespaces that are read each for itself are names without globs", () => {
  assertEquals(controller(["--namespaced=true", "--list-spaces=a b"]).namespaced, true);
  const told = '--namespaced (NAMESPACED): cannot be combined with the globs "*" of --list-spaces';
  assertStringIncludes(fault(["--namespaced=true"]), told);
  assertStringIncludes(fault(["--namespaced=true", "--list-spaces=a b-*,c?"]), '"b-*", "c?" of');
  const env = { NAMESPACED: "true", HOLD_ON_FAULTS: "true" };
  const outcome = readControllerSettings([], env);
  assertEquals(outcome.type === "faults" && outcome.held?.holdOnFaults, true);
});

Deno.test("an unknown kind is refused with the nearest known one", () => {
  assertStringIncludes(fault(["--kinds", "Pod Deploymint"]), '"Deploymint" is no known kind');
  assertStringIncludes(fault(["--kinds", "Pod Deploymint"]), "one is Deployment;");
});

Deno.test("a namespace that cannot exist is refused, and so is none at all", () => {
  assertStringIncludes(fault(["--list-spaces", "kube-* Team_A"]), '"Team_A" cannot be');
  assertStringIncludes(fault(["--list-spaces="]), "must name at least one");
});

Deno.test("registries that may be open are hosts, and Docker Hub has the name of its images", () => {
  const hosts = (text: string) => controller(["--open-registries", text]).private.openRegistries;
  assertEquals(hosts("reg.example:5000,*.lab"), ["reg.example:5000", "*.lab"]);
  assertEquals(hosts("docker.io,Index.docker.io"), ["docker.io"]);
  for (const text of ["https://reg.example", "reg.example/shop"]) {
    assertStringIncludes(fault(["--open-registries", text]), "must be hosts");
  }
  assertEquals(controller(["--private-modes", "Bytes,OPEN"]).private.modes, ["bytes", "open"]);
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
