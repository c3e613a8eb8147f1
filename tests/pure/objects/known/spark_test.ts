import { assertEquals } from "@std/assert";
import { faultsOf, imagesOf, object, placementsOf, workloadOf } from "../asked_by.ts";

function application(spec: Record<string, unknown>, status: Record<string, unknown> = {}) {
  return object("sparkoperator.k8s.io/v1beta2", "SparkApplication", { spec, status });
}

Deno.test("driver and executors have an image of their own, or that of the application", () => {
  const spec = { image: "example/spark:1", driver: {}, executor: { image: "example/exec:1" } };
  assertEquals(imagesOf(application(spec)), [["example/spark:1"], ["example/exec:1"]]);
});

Deno.test("an image in Spark's configuration counts where no field has one", () => {
  const sparkConf = {
    "spark.kubernetes.container.image": "example/conf:1",
    "spark.kubernetes.driver.container.image": "example/driver:1",
  };
  assertEquals(imagesOf(application({ sparkConf })), [["example/driver:1"], ["example/conf:1"]]);
  const bad = { sparkConf: { "spark.kubernetes.container.image": "Bad" } };
  assertEquals(
    faultsOf(application(bad))[0],
    'spec.sparkConf["spark.kubernetes.container.image"]: repository name must be lowercase',
  );
});

Deno.test("driver and executors run where they say, each for itself", () => {
  const tolerations = [{ key: "spot", operator: "Exists" }];
  const spec = {
    image: "example/spark:1",
    nodeSelector: { pool: "spark" },
    driver: { image: "driver" },
    executor: {
      image: "exec",
      tolerations,
      nodeSelector: { size: "big" },
      gpu: { name: "nvidia.com/gpu", quantity: 1 },
    },
  };
  assertEquals(placementsOf(application(spec)), {
    driver: { nodeSelector: { pool: "spark" } },
    exec: {
      nodeSelector: { pool: "spark", size: "big" },
      tolerations: [
        { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" },
        ...tolerations,
      ],
      resources: ["nvidia.com/gpu"],
    },
  });
});

Deno.test("selectors in Spark's configuration count", () => {
  const sparkConf = {
    "spark.kubernetes.node.selector.pool": "spark",
    "spark.kubernetes.executor.node.selector.example.com/size": "big",
  };
  const raw = application({ driver: { image: "d" }, executor: { image: "e" }, sparkConf });
  assertEquals(placementsOf(raw), {
    d: { nodeSelector: { pool: "spark" } },
    e: { nodeSelector: { "example.com/size": "big", pool: "spark" } },
  });
});

Deno.test("sidecars, init containers and a pod template count", () => {
  const driver = {
    sidecars: [{ image: "side" }],
    initContainers: [{ image: "init" }],
    template: {
      spec: { containers: [{ name: "c" }, { image: "more" }], nodeSelector: { a: "b" } },
    },
  };
  const raw = application({ image: "spark", driver });
  assertEquals(imagesOf(raw), [["init", "side", "more", "spark"], ["spark"]]);
  assertEquals(workloadOf(raw)?.shapes[0]?.placement, { nodeSelector: { a: "b" } });
});

Deno.test("pull secrets are names alone, in this kind", () => {
  const raw = application({ image: "a", imagePullSecrets: ["one"] });
  assertEquals(workloadOf(raw)?.shapes[0]?.pullSecrets, ["one"]);
});

Deno.test("an application that has ended wants nothing", () => {
  const inState = (state: string) =>
    imagesOf(application({ image: "a" }, { applicationState: { state } }));
  assertEquals(inState("COMPLETED"), []);
  assertEquals(inState("FAILED"), []);
  assertEquals(inState("RUNNING"), [["a"], ["a"]]);
});

Deno.test("a scheduled application says when it runs", () => {
  const spec = { schedule: "@every 5m", suspend: true, template: { image: "a" } };
  const raw = object("sparkoperator.k8s.io/v1beta2", "ScheduledSparkApplication", { spec });
  assertEquals(imagesOf(raw), [["a"], ["a"]]);
  assertEquals(workloadOf(raw)?.schedule, { cron: ["@every 5m"], suspended: true });
});

Deno.test("a schedule of an application that cannot be read is a fault, and counts as none", () => {
  const scheduled = (spec: Record<string, unknown>) =>
    object("sparkoperator.k8s.io/v1beta2", "ScheduledSparkApplication", {
      spec: { template: { image: "a" }, ...spec },
    });
  const broken = scheduled({ schedule: "at noon" });
  assertEquals(workloadOf(broken)?.schedule, undefined);
  assertEquals(faultsOf(broken), ["spec.schedule: it has not five fields"]);
  const local = scheduled({ schedule: "0 3 * * *", timeZone: "Local" });
  assertEquals(workloadOf(local)?.schedule, { cron: ["0 3 * * *"], suspended: false });
  assertEquals(faultsOf(local), []);
});
