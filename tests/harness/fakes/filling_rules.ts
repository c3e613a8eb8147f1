import { assert, assertEquals } from "@std/assert";
import type { FillingNode } from "./filling_node.ts";
import type { ImageEvent, ModelledImage } from "./filling_runtime.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Pauses double from the first to the last. */
const PAUSE = { firstMs: 10 * MINUTE, lastMs: DAY };
/** The agent learns within this time what is wanted and what is there. */
const NOTICE_MS = 15_000;
/** Who comes back within less than a day of peace is counted on, whatever the jitter. */
const SURELY_NO_PEACE_MS = 20 * 60 * MINUTE;

/** Nothing of ours has crossed a line of kubelet's, or stays until its lease ends. */
export function holdsLines({ runtime: { layers } }: FillingNode): void {
  assertEquals(layers.crossed, [], "a write of ours crossed a line of kubelet's");
  assertEquals(layers.leftBytes(), 0, "ended pulls have left something");
  assertEquals([...layers.expired], [], "leftovers of a killed agent stay for a day");
}

/** What an ended pull has left is given up, unless its agent ends as well. */
export function holdsDiscards({ startedAt, runtime: { ended, discarded } }: FillingNode): void {
  for (const { reference, at } of ended) {
    if (has(startedAt, at, at + NOTICE_MS)) continue;
    const of = discarded.filter((each) => each.reference === reference).map((each) => each.at);
    assert(has(of, at, at + NOTICE_MS), `leftovers of ${reference} stay`);
  }
}

/** Where no image is larger than it seems, pulls are ended only if others have written since. */
export function holdsAdmission({ startedAt, runtime: { begun, ended, disk } }: FillingNode): void {
  for (const { reference, at } of ended) {
    if (has(startedAt, at, at + NOTICE_MS)) continue;
    const since = begun.findLast((each) => each.reference === reference && each.at <= at)?.at ?? 0;
    const added = Math.max(disk.node.addedSince(since), disk.snapshots.addedSince(since));
    assert(added > 0, `${reference} was let in without room for it`);
  }
}

/**
 * An image that others take comes back at once the first time, after ten minutes the second, and then
 * after twice as long each time; one whose pull was ended by a full disk waits from the first time on.
 * An agent that was started again does not remember.
 */
export function holdsPauses(node: FillingNode): void {
  const { begun, removed, ended } = node.runtime;
  for (const reference of new Set(begun.map((each) => each.reference))) {
    const of = (events: readonly ImageEvent[]) =>
      events.filter((each) => each.reference === reference).map(({ at }) => at);
    const life: Life = {
      begun: of(begun),
      wanted: of(node.wanted),
      unwanted: of(node.unwanted),
      started: node.startedAt,
    };
    holdsRemovals(reference, of(removed), life);
    holdsEnds(reference, of(ended), life);
  }
}

/** What is wanted and would fit below the marks is there. */
export function holdsWhatFits(node: FillingNode, images: readonly ModelledImage[]): void {
  const { disk, layers, begun } = node.runtime;
  for (const { reference, layers: of } of images) {
    if (node.runtime.isWarm(reference)) continue;
    // one that was ended before needs more room the next time
    const hasBegun = begun.some((each) => each.reference === reference);
    const estimate = hasBegun ? 3 * 1.5 ** 4 : 3;
    const missing = new Map(layers.missing(of).map(({ digest, bytes }) => [digest, bytes]));
    let [blobs, unpacked, files] = [0, 0, 0];
    for (const { digest, bytes: whole, unpacksTo, bytesPerFile } of of) {
      const bytes = missing.size === 0 ? whole : missing.get(digest) ?? 0;
      const unpacks = bytes * Math.max(estimate, unpacksTo);
      blobs += missing.size === 0 ? 0 : bytes;
      unpacked += unpacks;
      files += Math.max(unpacks / 10_000, unpacks / bytesPerFile) + 10;
    }
    const { content, snapshots } = disk;
    const left = (free: number, total: number) => free - 0.21 * total; // a hundredth is nobody's
    const fits = content === snapshots
      ? blobs + unpacked < left(content.freeBytes, content.totalBytes)
      : blobs < left(content.freeBytes, content.totalBytes) &&
        unpacked < left(snapshots.freeBytes, snapshots.totalBytes);
    const hasInodes = snapshots.totalInodes === 0 ||
      files < snapshots.freeInodes - 0.11 * snapshots.totalInodes;
    assert(!(fits && hasInodes), `${reference} would fit and is not there`);
  }
}

/** When things happened to one image and to the agent, in ms. */
interface Life {
  readonly begun: readonly number[];
  readonly wanted: readonly number[];
  readonly unwanted: readonly number[];
  readonly started: readonly number[];
}

function holdsRemovals(reference: string, removed: readonly number[], life: Life): void {
  let times = 0;
  let calmFrom = -Infinity;
  let before = -Infinity;
  for (const at of removed) {
    if (!isWantedAt(at, life)) continue;
    const counts = !has(life.started, before, at) && at - calmFrom < SURELY_NO_PEACE_MS;
    times = counts ? times + 1 : 1;
    const pauseMs = times === 1 ? 0 : pauseOf(times - 1);
    const next = life.begun.find((each) => each > at);
    if (next !== undefined && !has(life.started, at, next)) {
      const least = 0.9 * pauseMs;
      assert(next - at >= least, `${reference} came back ${next - at} ms after removal ${times}`);
    }
    calmFrom = Math.max(at + 0.9 * pauseMs, next ?? 0);
    before = at;
  }
}

function holdsEnds(reference: string, ended: readonly number[], life: Life): void {
  let times = 0;
  let calmFrom = -Infinity;
  let before = -Infinity;
  for (const at of ended) {
    const since = life.begun.findLast((each) => each <= at) ?? at;
    const forgets = has(life.started, before, at) || has(life.unwanted, before, at);
    times = !forgets && at - calmFrom < SURELY_NO_PEACE_MS ? times + 1 : 1;
    const pauseMs = pauseOf(times);
    const next = life.begun.find((each) => each > at);
    const isMeant = isWantedAt(at, life) && next !== undefined &&
      !has(life.started, at, next) && !has(life.unwanted, since, next);
    if (isMeant) {
      const least = 0.7 * pauseMs; // its jitter takes a quarter here
      assert(next - at >= least, `${reference} began ${next - at} ms after end ${times}`);
    }
    calmFrom = at + 0.7 * pauseMs;
    before = at;
  }
}

function pauseOf(times: number): number {
  return Math.min(PAUSE.lastMs, PAUSE.firstMs * 2 ** (times - 1));
}

function has(moments: readonly number[], from: number, until: number): boolean {
  return moments.some((each) => each >= from && each <= until);
}

/** Whether it was wanted, and long enough that the agent knew. */
function isWantedAt(at: number, { wanted, unwanted }: Life): boolean {
  const last = (moments: readonly number[]) => moments.findLast((each) => each <= at) ?? -1;
  return last(wanted) > last(unwanted) && last(wanted) + NOTICE_MS < at;
}
