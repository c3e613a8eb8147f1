import type { Clock } from "../../../ports/clock.ts";
import { certificateBlocks } from "../../../pure/relay/certificate_blocks.ts";

/** Where Go looks for the usual authorities on Linux, the first file there is (crypto/x509). */
const FILES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];
/** Besides these, which is how authorities of one's own get in on some distributions. */
const FOLDERS = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/** How long what was read counts: an authority that is added is trusted soon, as with `ctr`. */
const GOOD_FOR_MS = 60_000;

/**
 * The authorities of this machine and of `extraCaFile`, in PEM, read anew now and then. They are
 * looked for as Go does, which containerd is written in: SSL_CERT_FILE and SSL_CERT_DIR in place of
 * the usual places. Those that Deno brings along are trusted besides.
 */
export function openAuthorities(
  extraCaFile: string | undefined,
  clock: Clock,
): () => Promise<readonly string[]> {
  let known: { readonly until: number; readonly read: Promise<readonly string[]> } | undefined;
  return () => {
    const now = clock.monotonicMs();
    if (known === undefined || known.until <= now) {
      known = { until: now + GOOD_FOR_MS, read: readAuthorities(extraCaFile) };
    }
    return known.read;
  };
}

async function readAuthorities(extraCaFile: string | undefined): Promise<readonly string[]> {
  const file = Deno.env.get("SSL_CERT_FILE");
  const folders = Deno.env.get("SSL_CERT_DIR")?.split(":").filter((path) => path !== "");
  const texts = [await firstText(file ? [file] : FILES)];
  if (extraCaFile !== undefined) texts.push(await textOf(extraCaFile));
  for (const folder of folders ?? FOLDERS) texts.push(...await textsIn(folder));
  return usable([...new Set(texts.flatMap(certificateBlocks))]);
}

/** One certificate that Deno cannot read would spoil all others. */
function usable(authorities: readonly string[]): readonly string[] {
  return canUse(authorities) ? authorities : authorities.filter((each) => canUse([each]));
}

function canUse(caCerts: readonly string[]): boolean {
  try {
    Deno.createHttpClient({ caCerts: [...caCerts] }).close();
    return true;
  } catch {
    return false;
  }
}

async function firstText(paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    const text = await textOf(path);
    if (text !== "") return text;
  }
  return "";
}

async function textsIn(folder: string): Promise<string[]> {
  const texts: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (!isDirectory) texts.push(await textOf(`${folder}/${name}`));
    }
  } catch {
    // not there, or not for us: as in Go, others are read all the same
  }
  return texts;
}

async function textOf(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}
