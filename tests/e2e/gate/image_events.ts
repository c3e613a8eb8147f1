import type { TestCluster } from "../../harness/cluster/test_cluster.ts";
import { waitUntil } from "../../harness/wait.ts";
import { Seen } from "./seen.ts";

/** DATE TIME +0000 UTC NAMESPACE TOPIC JSON, as `ctr events` prints them. */
const LINE = /^(\S+) (\S+) \+0000 UTC \S+ (\/\S+) (\{.*\})$/;

/** What containerd of a node tells of its images; disposing ends it. */
export class ImageEvents implements AsyncDisposable {
  readonly #events: Seen;

  private constructor(events: Seen) {
    this.#events = events;
  }

  /** Begins as soon as containerd answers. */
  static async follow(test: TestCluster, node: string): Promise<ImageEvents> {
    await waitUntil(`containerd of ${node} answers`, async () => {
      const answer = await test.cluster.ctr(node, "version").catch(() => undefined);
      return answer?.code === 0;
    });
    return new ImageEvents(await Seen.start(await test.cluster.ctrCommand(node, "events")));
  }

  /**
   * When the last of these images became usable: it was named, and the last of its layers unpacked,
   * whichever came later. Looks at what happened until `beforeMs`, by when nothing else may have
   * been unpacked after them.
   */
  usableMs(images: readonly string[], beforeMs: number): number {
    const events = this.#events.lines.flatMap(({ line }) => {
      const [, date, time, topic = "", json = "{}"] = LINE.exec(line) ?? [];
      return date === undefined ? [] : [{ atMs: Date.parse(`${date}T${time}Z`), topic, json }];
    });
    const isOfThem = ({ topic, json }: { readonly topic: string; readonly json: string }) =>
      topic === "/snapshot/commit" ||
      (/^\/images\/(create|update)$/.test(topic) && images.includes(JSON.parse(json).name));
    return Math.max(
      ...events.filter((event) => event.atMs <= beforeMs && isOfThem(event))
        .map(({ atMs }) => atMs),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#events[Symbol.asyncDispose]();
  }
}
