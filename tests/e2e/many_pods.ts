import { podOn } from "../harness/cluster/workloads.ts";

/** One pod of many. */
export interface PodPlan {
  readonly name: string;
  readonly node: string;
  readonly image: string;
  readonly isWarm: boolean;
  /** Whether its policy is `Always`, so that kubelet asks the registry though the image is there. */
  readonly always: boolean;
  /** How many containers it has, all of one image. */
  readonly containers: number;
  /** Whether its container fails, so that it is restarted. */
  readonly restarts: boolean;
}

/** Of these numbers every fifth is of cold pods. */
const WARM_IMAGES = 20;

/**
 * 200 pods: 160 from 16 images that are warm, 40 each from an image of its own that is not. Among them
 * 30 with policy `Always`, 30 with two containers of one image, 10 whose container is restarted.
 */
export function manyPods(
  { nodes, image }: { nodes: readonly string[]; image: (name: string) => string },
): PodPlan[] {
  return Array.from({ length: 200 }, (_, number) => {
    const isWarm = number % 5 !== 0;
    const name = `pod-${number}`;
    return {
      name,
      node: nodes[Math.floor(number / 5) % nodes.length] ?? "",
      image: image(isWarm ? `warm/image-${number % WARM_IMAGES}` : `cold/${name}`),
      isWarm,
      always: isWarm && number % 20 < 4,
      containers: number % 10 === 9 || number % 20 === 10 ? 2 : 1,
      restarts: number % 20 === 6,
    };
  });
}

/** Their objects; what is not to be warm is nothing that an agent may know of. */
export function podsOf(plans: readonly PodPlan[]) {
  return plans.map(({ name, node, image, isWarm, always, containers, restarts }) => {
    const pod = podOn(node, name, {
      terminationGracePeriodSeconds: 0,
      restartPolicy: restarts ? "OnFailure" : "Never",
      containers: Array.from({ length: containers }, (_, index) => ({
        name: `c${index}`,
        image,
        imagePullPolicy: always ? "Always" : "IfNotPresent",
        command: ["/bin/busybox", restarts ? "false" : "true"],
      })),
    });
    const annotations = isWarm ? {} : { "warm-images/skip": "true" };
    return { ...pod, metadata: { ...pod.metadata, annotations } };
  });
}

/** What really happened. */
export interface Starts {
  readonly pods: number;
  readonly warm: number;
  readonly cold: number;
  /** Of all first starts, by kubelet's own word. */
  readonly waitedSeconds: number;
  /** What warm ones would have waited for pulls of the agents' length, less what they did wait. */
  readonly savedSeconds: number;
  /** What a cold pull of kubelet's takes by itself, on average. */
  readonly meanPullSeconds: number;
}

/** How long the agent of a node has pulled an image, in seconds. */
export type OwnPullSeconds = (node: string, image: string) => number;

/** What happened by the plans, and for how long by the Events as an API server has them. */
export function trueStarts(
  plans: readonly PodPlan[],
  events: readonly Readonly<Record<string, unknown>>[],
  ownPullSeconds: OwnPullSeconds,
): Starts {
  const cold = plans.filter(({ isWarm }) => !isWarm);
  let [waitedSeconds, savedSeconds, pullSeconds] = [0, 0, 0];
  for (const { name, node, image, isWarm } of plans) {
    const { waiting, pull } = events.filter((event) => podOf(event) === name)
      .map(({ message }) => durationsOf(message))
      .find((durations) => durations !== undefined) ?? { waiting: 0, pull: 0 };
    waitedSeconds += waiting;
    if (isWarm) savedSeconds += Math.max(ownPullSeconds(node, image) - waiting, 0);
    else pullSeconds += pull;
  }
  return {
    pods: plans.length,
    warm: plans.length - cold.length,
    cold: cold.length,
    waitedSeconds,
    savedSeconds,
    meanPullSeconds: pullSeconds / cold.length,
  };
}

const podOf = (event: Readonly<Record<string, unknown>>): string =>
  (event["involvedObject"] as { name: string }).name;

function durationsOf(message: unknown): { pull: number; waiting: number } | undefined {
  const found = /^Successfully pulled .* in (\S+) \((\S+) including waiting\)/.exec(
    String(message),
  );
  const seconds = (text = "") => {
    const [, minutes = "0", count = "0", unit] = /^(?:(\d+)m)?(?:([\d.]+)(m?s))?$/.exec(text) ?? [];
    return Number(minutes) * 60 + Number(count) / (unit === "ms" ? 1000 : 1);
  };
  return found === null ? undefined : { pull: seconds(found[1]), waiting: seconds(found[2]) };
}
