import { assert, assertEquals } from "@std/assert";
import type { Observation, WantsSource } from "../../mod/ports/wants_source.ts";
import { seenObjects } from "../../mod/pure/wants/seen_objects.ts";
import { waitUntil } from "../harness/wait.ts";

/** A source of two places: one that can always be read, and one that cannot be read at first. */
export interface SourceUnderTest extends AsyncDisposable {
  readonly source: WantsSource;
  /** How often `changed` was called. */
  changes(): number;
  /** A kind whose objects lie in the second place. */
  readonly hiddenKind: string;
  /** Lets the second place be read. */
  reveal(): Promise<void>;
  /** Takes the second place away again. */
  hide(): Promise<void>;
  /** Adds an object to the first place. */
  add(name: string): Promise<void>;
}

/** Registers what holds for every `WantsSource`. */
export function wantsSourceConformance(name: string, open: () => Promise<SourceUnderTest>): void {
  for (const [property, check] of Object.entries(PROPERTIES)) {
    Deno.test(`${name} ${property}`, async () => {
      await using harness = await open();
      await check(harness);
    });
  }
}

const PROPERTIES: Readonly<Record<string, (harness: SourceUnderTest) => Promise<void>>> = {
  "is in sync without what it cannot read, and says that this was never read": async (harness) => {
    const observe = () => harness.source.observe();
    assertEquals(observe().synced, false);
    assert(observe().unread.has("Node") && observe().unread.has("Namespace"));
    await waitUntil("it is in sync", () => observe().synced);
    assert(observe().unread.has(harness.hiddenKind));
    await harness.add("first");
    await waitUntil("the first place is known", () => names(observe()).includes("first"));
    assert(observe().synced);
  },

  "tells when what it could not read was read, though it may hold nothing": async (harness) => {
    const observe = () => harness.source.observe();
    await waitUntil("it is in sync", () => observe().synced);
    const before = harness.changes();
    await harness.reveal();
    await waitUntil("everything was read", () => observe().unread.size === 0);
    await waitUntil("it is told", () => harness.changes() > before);
  },

  "has read once and for all what is away later": async (harness) => {
    const observe = () => harness.source.observe();
    await harness.reveal();
    await waitUntil("everything was read", () => observe().synced && observe().unread.size === 0);
    await harness.hide();
    await harness.add("later");
    await waitUntil("the first place is known", () => names(observe()).includes("later"));
    assertEquals(observe().unread.size, 0);
    assert(observe().synced);
  },
};

function names({ records }: Observation): string[] {
  return seenObjects(records).workloads.map(({ name }) => name);
}
