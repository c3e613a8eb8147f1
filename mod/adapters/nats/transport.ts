import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ConnectionOptions } from "nats";
import type { Transport } from "nats/lib/nats-base-client/transport.js";
import { onAbort } from "../../async/on_abort.ts";
import { WakeSignal } from "../../async/wake_signal.ts";
import { concatBytes } from "../../pure/concat_bytes.ts";
import type { TlsMaterial } from "./credentials.ts";

/** Connection options of the library, and what our transport needs beside them. */
export interface DialOptions extends ConnectionOptions {
  readonly dial: {
    readonly signal: AbortSignal;
    readonly tls: TlsMaterial;
    /** Refuse a server that does not offer TLS: our credentials must not travel in the open. */
    readonly tlsRequired: boolean;
  };
}

type Server = Parameters<Transport["connect"]>[0];

/** Why no connection came about, by the step that failed; `message` is the detail. */
export class TransportError extends Error {
  override readonly name = "TransportError";

  constructor(readonly step: "dial" | "greeting" | "tls" | "no_tls", message: string) {
    super(message);
  }
}

/**
 * Carries the library's bytes over a socket, in place of the library's own Node transport, which
 * - leaves sockets without an error listener: a server that resets the connection after refusing a
 *   password ends the whole process (Deno 2.9.6, nats 2.29.3);
 * - starts TLS some microtasks after the greeting, which fails always on Deno 2.7.11 (the runtime of
 *   compiled binaries), and compares the certificate of an IP address with "localhost";
 * - cannot be aborted, and leaks the socket of a server that accepts and stays silent.
 *
 * Known limit: on Deno 2.7.11 `node:tls` itself ends the process when it distrusts a server or the
 * server distrusts us; 2.9.6 reports both. `Deno.startTls()` does not, but has no client certificate.
 */
export class SocketTransport implements Transport {
  readonly lang = "nats.js";
  readonly version = "2.29.3";
  closeError?: Error;
  #socket: Socket | undefined;
  #encrypted = false;
  #connected = false;
  #done = false;
  #chunks: Uint8Array[] = [];
  readonly #arrival = new WakeSignal();
  readonly #closed = Promise.withResolvers<void | Error>();

  /** Dials, reads the greeting, starts TLS where one side wants it. Throws `TransportError`. */
  async connect(server: Server, options: ConnectionOptions): Promise<void> {
    const { dial } = options as DialOptions;
    const abort = () => this.#destroy(new TransportError("dial", "aborted"));
    using _listener = onAbort(dial.signal, abort);
    try {
      dial.signal.throwIfAborted();
      await this.#open(server, dial);
      this.#connected = true;
    } catch (error) {
      this.#destroy();
      throw error;
    }
  }

  /** The bytes as they come, the greeting included; ends when the socket does. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    while (true) {
      for (let chunk = this.#chunks.shift(); chunk; chunk = this.#chunks.shift()) yield chunk;
      if (this.#done) return;
      await this.#arrival.wait();
    }
  }

  /** Hands bytes to the socket; a failed write shows as the end of the connection. */
  send(frame: Uint8Array): void {
    if (!this.#done) this.#socket?.write(frame);
  }

  /** Closes the socket, whatever state it is in. */
  close(error?: Error): Promise<void> {
    this.#destroy(error);
    return Promise.resolve();
  }

  /** Ends the connection from our side: it went stale. */
  disconnect(): void {
    this.#destroy();
  }

  /** Resolves when an established connection has ended, with the error that ended it. */
  closed(): Promise<void | Error> {
    return this.#closed.promise;
  }

  get isClosed(): boolean {
    return this.#done;
  }

  isEncrypted(): boolean {
    return this.#encrypted;
  }

  discard(): void {
    // nothing is held back
  }

  #open(server: Server, dial: DialOptions["dial"]): Promise<void> {
    return new Promise((resolve, reject) => {
      const { hostname: host, port } = server;
      let step: TransportError["step"] = "dial";
      const fail = (error?: Error) =>
        reject(new TransportError(step, error?.message ?? "closed by the server"));
      const socket = this.#own(connectTcp({ host, port, autoSelectFamily: true }), fail);
      socket.setNoDelay(true);
      socket.once("connect", () => step = "greeting");
      const opened = (ready: Socket) => {
        ready.on("data", (chunk: Uint8Array) => this.#receive(chunk));
        resolve();
      };
      readGreeting(socket, ({ bytes, tls: { offered, required } }) => {
        this.#receive(bytes);
        if (dial.tlsRequired && !offered && !required) {
          return reject(new TransportError("no_tls", "the server does not offer TLS"));
        }
        if (!offered && !required) return opened(socket);
        step = "tls";
        this.#startTls(socket, host, dial.tls, opened, fail);
      }, fail);
    });
  }

  /** Must run in the turn in which the greeting arrived: see above. */
  #startTls(
    socket: Socket,
    host: string,
    material: TlsMaterial,
    opened: (secure: Socket) => void,
    fail: (error?: Error) => void,
  ): void {
    try {
      const tls = connectTls({ socket, host, rejectUnauthorized: true, ...material });
      const secure = this.#own(tls, fail);
      secure.once("secureConnect", () => {
        this.#encrypted = true;
        opened(secure);
      });
    } catch (error) { // an unusable certificate or key
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Listens for the end of a socket for as long as it lives. */
  #own<S extends Socket>(socket: S, fail: (error?: Error) => void): S {
    let failure: Error | undefined;
    socket.on("error", (error: Error) => {
      failure = error;
      fail(error);
    });
    socket.on("close", () => {
      fail(failure);
      if (this.#socket !== socket) return; // TLS runs on it, and knows why it ended
      this.#destroy(
        this.#encrypted && failure ? new TransportError("tls", failure.message) : failure,
      );
    });
    this.#socket = socket;
    return socket;
  }

  #receive(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#arrival.ring();
  }

  #destroy(error?: Error): void {
    if (this.#done) return;
    this.#done = true;
    this.#socket?.destroy();
    this.#arrival.ring();
    // The library takes this for a lost connection, which a dial that failed never was.
    if (!this.#connected) return;
    if (error) this.closeError = error;
    this.#closed.resolve(error);
  }
}

/** What a NATS server says first, in the clear. */
interface Greeting {
  /** Everything that arrived, for the protocol parser. */
  readonly bytes: Uint8Array;
  readonly tls: { readonly offered: boolean; readonly required: boolean };
}

const MAX_GREETING_BYTES = 64 * 1024;

/**
 * Collects the `INFO {…}` line and calls `greeted` in the same turn as its last byte arrives; calls
 * `fail` when something else answers. Source: https://docs.nats.io/reference/reference-protocols/nats-protocol#info
 */
function readGreeting(
  socket: Socket,
  greeted: (greeting: Greeting) => void,
  fail: (error: Error) => void,
): void {
  let bytes: Uint8Array = new Uint8Array();
  const collect = (chunk: Uint8Array) => {
    bytes = concatBytes([bytes, chunk]);
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

function readTls(json: string): Greeting["tls"] | undefined {
  try {
    const info: unknown = JSON.parse(json);
    const has = (name: string) => Object(info)[name] === true;
    return { offered: has("tls_available"), required: has("tls_required") };
  } catch {
    return undefined;
  }
}
