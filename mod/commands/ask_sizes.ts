import { systemClock as clock } from "../adapters/clock.ts";
import type { Logger } from "../ports/logger.ts";
import { parseImageReference } from "../pure/images/image_reference.ts";
import type { Platform } from "../pure/images/platform_match.ts";
import { messageOf } from "../pure/message_of.ts";

/** How many images are asked for at once, and how long one may take, in ms. */
const LIMITS = { atOnce: 6, eachMs: 20_000, requestsPerSecond: 20 };

/** Where hosts.toml files lie on a node; elsewhere there are none. */
const HOSTS_FOLDER = "/etc/containerd/certs.d";

/** How registries are asked. */
export interface AskOptions {
  /** For which the sizes are. */
  readonly platform: Platform;
  readonly extraCaFile?: string | undefined;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Asks registries, as nobody in particular, how large images are, in bytes as they are stored there.
 * Those that cannot be had are told in the log and left out.
 */
export async function askSizes(
  images: Iterable<string>,
  { platform, extraCaFile, logger, signal }: AskOptions,
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const left = [...new Set(images)].values();
  // Of all commands this alone needs them.
  const [{ openRegistries }, { imageBytes }] = await Promise.all([
    import("../adapters/relay/registries/registries.ts"),
    import("../adapters/relay/registries/image_bytes.ts"),
  ]);
  const { requestsPerSecond } = LIMITS;
  await using registries = openRegistries({
    hostsDir: HOSTS_FOLDER,
    extraCaFile,
    requestsPerSecond,
    clock,
  });
  const askInTurn = async () => {
    for (const image of left) {
      const parsed = parseImageReference(image);
      if ("fault" in parsed) continue;
      try {
        const timeout = AbortSignal.timeout(LIMITS.eachMs);
        const inTime = AbortSignal.any([signal, timeout]);
        const bytes = await imageBytes(parsed.reference, registries, { platform, signal: inTime });
        sizes.set(image, bytes);
      } catch (error) {
        signal.throwIfAborted();
        logger.warn("Cannot tell the size of an image", { image, reason: messageOf(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: LIMITS.atOnce }, askInTurn));
  return sizes;
}
