import * as v from "valibot";

const configSchema = v.object({
  rootfs: v.object({ diff_ids: v.array(v.string()) }),
});

/**
 * Under which names a runtime keeps the unpacked layers of the image with this configuration, the
 * lowest first (OCI image specification, "Layer ChainID"); undefined for what is no configuration.
 */
export async function layerChain(config: string): Promise<string[] | undefined> {
  const diffIds = readDiffIds(config);
  if (diffIds === undefined) return undefined;
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : await digestOf(`${below} ${diffId}`));
  }
  return chain;
}

function readDiffIds(config: string): readonly string[] | undefined {
  try {
    const read = v.safeParse(configSchema, JSON.parse(config));
    return read.success ? read.output.rootfs.diff_ids : undefined;
  } catch {
    return undefined;
  }
}

async function digestOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256:${new Uint8Array(digest).toHex()}`;
}
