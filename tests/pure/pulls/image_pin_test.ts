import { assertEquals } from "@std/assert";
import { parsePins, pinLabels, unpinLabels } from "../../../mod/pure/pulls/image_pin.ts";

/** Rows as ctr prints them. */
function rows(...labels: readonly string[]): string {
  const header = "REF TYPE DIGEST SIZE PLATFORMS LABELS \n";
  const row = (text: string, index: number) =>
    `r.example/${index}:1 application/vnd.oci.image.manifest.v1+json sha256:ab 1.2 MiB linux/amd64 ${text} \n`;
  return header + labels.map(row).join("");
}

function only(labels: string) {
  return parsePins(rows(labels)).get("r.example/0:1");
}

Deno.test("a pin is ours by our label, whatever the order", () => {
  const ours = { ours: { warmSince: 1234, holds: true }, others: false };
  const pinned = "io.cri-containerd.pinned=pinned";
  assertEquals(only(`${pinned},warm-images/pinned=1234`), ours);
  assertEquals(only(`warm-images/pinned=1234,io.cri-containerd.image=managed,${pinned}`), ours);
});

Deno.test("a pin without our label is somebody else's, also where ours has ended", () => {
  assertEquals(only("io.cri-containerd.pinned=pinned"), { ours: undefined, others: true });
  assertEquals(only("io.cri-containerd.pinned=pinned,warm-images/pin-ended=7"), {
    ours: { warmSince: 7, holds: false },
    others: true,
  });
});

Deno.test("an image without labels has no pin", () => {
  assertEquals(only("-"), { ours: undefined, others: false });
  assertEquals(only("io.cri-containerd.image=managed"), { ours: undefined, others: false });
  assertEquals(parsePins(rows()).size, 0);
});

Deno.test("a time that cannot be read has passed", () => {
  assertEquals(only("warm-images/pinned=soon")?.ours, { warmSince: 0, holds: true });
});

Deno.test("what is written is read again, and what ended leaves only its mark", () => {
  const written = (labels: readonly string[]) =>
    only(labels.filter((label) => !label.endsWith("=")).join(",") || "-");
  const pin = written(pinLabels(1234.6))?.ours;
  assertEquals(pin, { warmSince: 1235, holds: true });
  if (pin === undefined) return;
  assertEquals(written(unpinLabels(pin, true)), {
    ours: { warmSince: 1235, holds: false },
    others: false,
  });
  assertEquals(written(unpinLabels(pin, false)), { ours: undefined, others: false });
});

Deno.test("taking the mark of a pin that has ended away leaves the pin of somebody else", () => {
  const labels = unpinLabels({ warmSince: 7, holds: false }, false);
  assertEquals(labels, ["warm-images/pin-ended="]);
});
