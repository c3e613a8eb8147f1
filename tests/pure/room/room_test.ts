import { assertEquals } from "@std/assert";
import type { FileSystemReading } from "../../../mod/pure/room/disk_reading.ts";
import { needOf } from "../../../mod/pure/room/image_need.ts";
import { fullness } from "../../../mod/pure/room/disk_limits.ts";
import { judgeRoom, type PullNeed, type RoomState } from "../../../mod/pure/room/room.ts";

const GB = 1e9;
const RULES = { diskHighPercent: 80 };
const GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
const PLAIN = "application/vnd.docker.image.rootfs.diff.tar";
const CONFIG = "application/vnd.oci.image.config.v1+json";

Deno.test("compressed layers count as they come and unpacked, plain ones twice, a configuration once", () => {
  const blob = (mediaType: string) => ({ digest: mediaType, bytes: GB, mediaType });
  const { contentBytes, snapshotBytes } = needOf({
    bytes: 9 * GB,
    missing: [blob(GZIP), blob(PLAIN), blob(CONFIG)],
  });
  assertEquals([contentBytes, snapshotBytes], [3 * GB, 4 * GB]);
});

Deno.test("an image whose blobs are all there has only to be unpacked", () => {
  const { contentBytes, snapshotBytes } = needOf({ bytes: GB, missing: [] });
  assertEquals([contentBytes, snapshotBytes], [0, 3 * GB]);
});

Deno.test("what does not fit says how much is missing, and what runs only makes it wait", () => {
  assertEquals(judgeRoom(need(4.2, 0), state(21.1), RULES), {
    result: "no_room",
    detail: "needs 4.2 GB, 1.1 GB are left below the mark of 80 %",
  });
  assertEquals(judgeRoom(need(4.2, 0), state(25, [need(2, 0)]), RULES).result, "waits");
  assertEquals(judgeRoom(need(4.2, 0), state(27, [need(2, 0)]), RULES).result, "fits");
});

Deno.test("blobs and unpacked layers are judged by their own file systems", () => {
  const reading = { content: files(21), snapshots: files(60) };
  const judge = (need: PullNeed) => judgeRoom(need, { ...state(0), reading }, RULES).result;
  assertEquals([judge(need(0.5, 30)), judge(need(2, 1))], ["fits", "no_room"]);
});

Deno.test("a tenth of the inodes stays free, and a file system that counts none has no limit", () => {
  const few = { ...files(90), totalInodes: 1000, freeInodes: 150 };
  const needed = { ...need(0, 1), snapshotInodes: 60 };
  assertEquals(
    judgeRoom(needed, { ...state(0), reading: { content: few } }, RULES).result,
    "no_room",
  );
  assertEquals(judgeRoom(needed, state(90), RULES).result, "fits");
  const none = { ...few, freeInodes: 90 };
  assertEquals(
    fullness({ content: none }, RULES),
    "disk: 9 % of its inodes are free, pulls start above 10 %",
  );
});

Deno.test("limits of the node count what is warm and what is on its way", () => {
  const warm = { images: 2, diskBytes: 9 * GB };
  const judge = (rules: object, coming: PullNeed[] = []) =>
    judgeRoom(need(1, 1), { ...state(90, coming), warm }, { ...RULES, ...rules }).result;
  assertEquals(judge({ maxBytes: 10 * GB }), "no_room");
  assertEquals(judge({ maxBytes: 12 * GB }, [need(1, 1)]), "waits");
  assertEquals(judge({ maxImages: 2 }), "no_room");
  assertEquals(judge({ maxImages: 3 }), "fits");
});

function need(content: number, snapshots: number): PullNeed {
  return {
    contentBytes: content * GB,
    contentInodes: 0,
    snapshotBytes: snapshots * GB,
    snapshotInodes: 0,
    diskBytes: (content + snapshots) * GB,
    images: 1,
  };
}

function files(freeGigabytes: number): FileSystemReading {
  return {
    usedPercent: 100 - freeGigabytes,
    totalBytes: 100 * GB,
    freeBytes: freeGigabytes * GB,
    totalInodes: 0,
    freeInodes: 0,
  };
}

function state(freeGigabytes: number, coming: PullNeed[] = []): RoomState {
  return { reading: { content: files(freeGigabytes) }, coming, warm: { images: 0, diskBytes: 0 } };
}
