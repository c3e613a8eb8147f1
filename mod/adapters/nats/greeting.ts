import type { Socket } from "node:net";

/** What a NATS server says first, in the clear. */
export interface Greeting {
  /** Everything that arrived, for the protocol parser. */
  readonly bytes: Uint8Array;
  readonly tls: { readonly offered: boolean; readonly required: boolean };
}

/**
 * Collects the `INFO {…}` line and calls `greeted` in the same turn as its last byte arrives; calls
 * `fail` when something else answers. Source: https://docs.nats.io/reference/reference-protocols/nats-protocol#info
 */
export function readGreeting(
  socket: Socket,
  greeted: (greeting: Greeting) => void,
  fail: (error: Error) => void,
): void {
  let bytes = new Uint8Array();
  const collect = (chunk: Uint8Array) => {
    bytes = joined(bytes, chunk);
    const text = new TextDecoder().decode(bytes);
    const end = text.indexOf("\r\n");
    const other = !"INFO ".startsWith(text.slice(0, 5)) || bytes.length > MAX_GREETING_BYTES;
    if (end < 0 && !other) return;
    socket.off("data", collect);
    const tls = other ? undefined : readTls(text.slice(5, end));
    if (tls === undefined) fail(new Error("what answers there is not a NATS server"));
    else greeted({ bytes, tls });
  };
  socket.on("data", collect);
}

const MAX_GREETING_BYTES = 64 * 1024;

function readTls(json: string): Greeting["tls"] | undefined {
  try {
    const info: unknown = JSON.parse(json);
    const has = (name: string) => Object(info)[name] === true;
    return { offered: has("tls_available"), required: has("tls_required") };
  } catch {
    return undefined;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
