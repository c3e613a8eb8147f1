import type { NatsSettings } from "../../pure/settings/nats_settings.ts";

/** PEM texts for one TLS handshake. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Reads the TLS files anew, so that rotated certificates are used from the next connect on. */
export async function readTlsMaterial(settings: NatsSettings): Promise<TlsMaterial> {
  const { caFile, certFile, keyFile } = settings;
  return {
    ...(caFile !== undefined && { ca: await readPem(caFile, "--nats-ca-file") }),
    ...(certFile !== undefined && { cert: await readPem(certFile, "--nats-cert-file") }),
    ...(keyFile !== undefined && { key: await readPem(keyFile, "--nats-key-file") }),
  };
}

/** Reads a file that a flag names. Throws an error that says which flag, which file and why. */
export async function readNamedFile(path: string, flag: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new Error(`Cannot read "${path}" of ${flag}: ${why(cause)}`, { cause });
  }
}

/** Some TLS stacks ignore a file without a certificate and then distrust everyone: say it here. */
async function readPem(path: string, flag: string): Promise<string> {
  const text = await readNamedFile(path, flag);
  if (!text.includes("-----BEGIN ")) {
    throw new Error(`Cannot use "${path}" of ${flag}: it holds no PEM block`);
  }
  return text;
}

function why(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) return "no such file";
  if (cause instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (cause instanceof Deno.errors.NotCapable) {
    return "this program may not read there; README lists the folders it may read";
  }
  return cause instanceof Error ? cause.name : "unknown";
}
