import { assertEquals } from "@std/assert";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import type { OddManifest } from "./odd_manifest.ts";
import { ODD_OBJECTS } from "./odd_objects.ts";
import { ODD_STREAMS } from "./odd_streams.ts";
import { ODD_VALUES } from "./odd_values.ts";
import { readByKubernetes, readByUs, readingDifferences } from "./readers.ts";

const ODD_MANIFESTS = [...ODD_STREAMS, ...ODD_VALUES, ...ODD_OBJECTS];

/** What we read and Kubernetes refuses: no pod will ask for it, and it does no harm. */
const OURS_ALONE: readonly string[] = [
  "sequence of objects",
  "flow as low as its key",
  "question mark within a flow",
  "colon at the start within a flow",
  "line separator in a block",
  "line separator without quotes",
  // Told as faults, and read all the same.
  "number for a name",
  "number for a namespace",
];

const reason = await reasonToSkip("witness-reader");

realTest("manifests of every style ask for what Kubernetes' own reader finds", reason, async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const odd of ODD_MANIFESTS) await write(folder, odd);
    const [theirs, ours] = await Promise.all([readByKubernetes(folder), readByUs(folder)]);
    assertEquals(theirs.files, ODD_MANIFESTS.length);
    const left = OURS_ALONE.map(nameOf);
    const differences = readingDifferences(theirs, ours)
      .filter((line) => !left.some((name) => line.includes(name)));
    assertEquals(differences, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function write(folder: string, { style, extension, text, encode }: OddManifest) {
  const name = nameOf(style);
  const bytes = (encode ?? utf8)(text.replaceAll("NAME", name));
  await Deno.writeFile(`${folder}/${name}.${extension ?? "yaml"}`, bytes);
}

function nameOf(style: string): string {
  return style.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
