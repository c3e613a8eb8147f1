import { assert, assertEquals } from "@std/assert";
import type { ImageRuntime, RuntimeEvent } from "../../mod/ports/image_runtime.ts";
import { waitUntil, within } from "../harness/wait.ts";
import { never } from "../harness/signals.ts";

/** A runtime with an empty store, and a hand that changes the world around it. */
export interface RuntimeUnderTest extends AsyncDisposable {
  readonly runtime: ImageRuntime;
  /** Two images that can be pulled, canonical. */
  readonly images: readonly [first: string, second: string];
  /** Canonical, and no registry has it. */
  readonly unknown: string;
  /** Makes pulls of the first image wait, until released. */
  hold(): Promise<AsyncDisposable>;
  /** Removes an image behind the runtime's back. */
  remove(reference: string): Promise<void>;
  /** Makes a second name for a present image and removes it: `deleted` is due for it. */
  nudge(reference: string, name: string): Promise<void>;
  /** Creates a container from the image of this name. */
  use(reference: string): Promise<void>;
  /** Restarts the daemon, with an empty store if told so. */
  restart(options?: { readonly wipe?: boolean }): Promise<void>;
  /** Requests that registries have seen so far. */
  registryRequests(): number;
}

/** One property of every `ImageRuntime`. */
export interface RuntimeProperty {
  readonly name: string;
  check(harness: RuntimeUnderTest): Promise<void>;
}

/** What holds for every `ImageRuntime`; each property wants an empty store. */
export const runtimeProperties: readonly RuntimeProperty[] = [
  {
    name: "tells both versions",
    async check({ runtime }) {
      const { client, server } = await runtime.version({ signal: never() });
      assert(/^\d+\.\d+/.test(client) && /^\d+\.\d+/.test(server), `${client} ${server}`);
    },
  },
  {
    name: "answers for every reference that it is asked about, and repeats do no harm",
    async check({ runtime, images, unknown }) {
      const seen = await runtime.check([...images, unknown, unknown], { signal: never() });
      assertEquals([...seen.keys()].sort(), [...images, unknown].sort());
      for (const presence of seen.values()) assertEquals(presence.state, "absent");
      assertEquals((await runtime.check([], { signal: never() })).size, 0);
    },
  },
  {
    name: "has a pulled image usable, and only that one",
    async check({ runtime, images: [first, second] }) {
      const outcome = await runtime.pull(first, { signal: never() });
      assertEquals(outcome.result, "pulled", JSON.stringify(outcome));
      const seen = await runtime.check([second, first], { signal: never() });
      assertEquals(seen.get(first)?.state, "usable");
      assertEquals(seen.get(second)?.state, "absent");
    },
  },
  {
    name: "checks images without a request to a registry",
    async check({ runtime, images: [first, second], unknown, registryRequests }) {
      await runtime.pull(first, { signal: never() });
      const before = registryRequests();
      await runtime.check([first, second, unknown], { signal: never() });
      assertEquals(registryRequests(), before);
    },
  },
  {
    name: "pulls a present image again without harm",
    async check({ runtime, images: [first] }) {
      assertEquals((await runtime.pull(first, { signal: never() })).result, "pulled");
      assertEquals((await runtime.pull(first, { signal: never() })).result, "pulled");
      assertEquals(await stateOf(runtime, first), "usable");
    },
  },
  {
    name: "pulls two images at once",
    async check({ runtime, images }) {
      const pull = (reference: string) => runtime.pull(reference, { signal: never() });
      const outcomes = await Promise.all(images.map(pull));
      assertEquals(outcomes.map((outcome) => outcome.result), ["pulled", "pulled"]);
    },
  },
  {
    name: "reports an image that nobody has as not_found, and goes on",
    async check({ runtime, images: [first], unknown }) {
      const outcome = await runtime.pull(unknown, { signal: never() });
      assert(outcome.result === "failed", JSON.stringify(outcome));
      assertEquals(outcome.failure, "not_found");
      assert(outcome.detail !== "" && outcome.detail.length <= 500);
      assertEquals((await runtime.pull(first, { signal: never() })).result, "pulled");
    },
  },
  {
    name: "refuses what is no reference as invalid, whatever its first letter",
    async check({ runtime }) {
      for (const reference of ["--all-platforms", "", "two words:1"]) {
        const outcome = await runtime.pull(reference, { signal: never() });
        assert(outcome.result === "failed", JSON.stringify(outcome));
        assertEquals(outcome.failure, "invalid");
        assertEquals(await stateOf(runtime, reference), "absent");
      }
    },
  },
  {
    name: "cancels a pull when it is told to, and can pull it afterwards",
    async check({ runtime, images: [first], hold }) {
      const stop = new AbortController();
      {
        await using _held = await hold();
        const pulling = runtime.pull(first, { signal: stop.signal });
        const early = await Promise.race([pulling, after(300)]);
        assertEquals(early, undefined, "the held pull ended by itself");
        stop.abort();
        assertEquals((await within(pulling)).result, "cancelled");
      }
      assertEquals((await runtime.pull(first, { signal: never() })).result, "pulled");
    },
  },
  {
    name: "begins no pull for a signal that has aborted already",
    async check({ runtime, images: [first] }) {
      const outcome = await runtime.pull(first, { signal: AbortSignal.abort() });
      assertEquals(outcome.result, "cancelled");
      assertEquals(await stateOf(runtime, first), "absent");
    },
  },
  {
    name: "tells when somebody removes an image",
    async check(harness) {
      const { runtime, images: [first], remove } = harness;
      await runtime.pull(first, { signal: never() });
      await using followed = await follow(harness);
      await remove(first);
      await followed.until(
        "the deletion",
        (event) => event.type === "deleted" && event.reference === first,
      );
      assertEquals(await stateOf(runtime, first), "absent");
    },
  },
  {
    name: "tells of a restart with a lost store, and of deletions after it",
    async check(harness) {
      const { runtime, images: [first], remove, restart } = harness;
      await runtime.pull(first, { signal: never() });
      await using followed = await follow(harness);
      await restart({ wipe: true });
      await followed.until("the restart", (event) => event.type === "restarted");
      assertEquals(await stateOf(runtime, first), "absent");
      assertEquals((await runtime.pull(first, { signal: never() })).result, "pulled");
      await remove(first);
      await followed.until("the deletion", (event) => event.type === "deleted");
    },
  },
  {
    name: "tells what containers there are and which come, also after a restart",
    async check(harness) {
      const { runtime, images: [first, second], use, restart } = harness;
      for (const image of [first, second]) await runtime.pull(image, { signal: never() });
      await use(first);
      await using followed = await follow(harness);
      const isKnown = (event: RuntimeEvent) =>
        event.type === "following" && event.inUse.includes(first) && event.names.includes(second);
      await followed.until("what there is", isKnown);
      await use(second);
      const isUse = (event: RuntimeEvent) => event.type === "used" && event.reference === second;
      await followed.until("the use", isUse);
      await restart();
      await followed.until(
        "what there is after the restart",
        (event) => event.type === "following" && event.inUse.includes(second),
      );
    },
  },
  {
    name: "ends its events quietly when it is told to",
    async check(harness) {
      await harness.runtime.pull(harness.images[0], { signal: never() });
      const followed = await follow(harness);
      await followed[Symbol.asyncDispose]();
      const told = followed.events.filter(({ type }) => type !== "following" && type !== "named");
      assertEquals(told, []);
    },
  },
];

async function after(ms: number): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return undefined;
}

async function stateOf(runtime: ImageRuntime, reference: string): Promise<string | undefined> {
  return (await runtime.check([reference], { signal: never() })).get(reference)?.state;
}

/** Events as they come; disposing stops following and waits for the end. */
interface FollowedEvents extends AsyncDisposable {
  readonly events: readonly RuntimeEvent[];
  until(what: string, holds: (event: RuntimeEvent) => boolean): Promise<void>;
}

/**
 * Follows the events; the first image must be present. Resolves once the runtime is listening: the
 * port does not tell, so a name is made and removed until its deletion arrives.
 */
async function follow({ runtime, images, nudge }: RuntimeUnderTest): Promise<FollowedEvents> {
  const stop = new AbortController();
  const events: RuntimeEvent[] = [];
  let listening = false;
  const following = (async () => {
    for await (const event of runtime.events({ signal: stop.signal })) {
      if (event.type === "deleted" && event.reference === NUDGED) listening = true;
      else events.push(event);
    }
  })();
  const end = async () => {
    stop.abort();
    await following;
  };
  try {
    await waitUntil("the runtime listens", async () => {
      await nudge(images[0], NUDGED);
      return listening;
    });
  } catch (error) {
    await end();
    throw error;
  }
  return {
    events,
    until: (what, holds) => waitUntil(what, () => events.some(holds)),
    [Symbol.asyncDispose]: end,
  };
}

const NUDGED = "registry.example/nudged:1";
