import type { Msg, NatsConnection } from "nats";
import { pause } from "../../async/delay.ts";
import { onAbort } from "../../async/on_abort.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { NodeTokens } from "../../ports/node_tokens.ts";
import type { ServerClock } from "../../ports/server_clock.ts";
import { messageOf } from "../../pure/message_of.ts";
import { loginEndS, type LoginRequest } from "../../pure/node_users/login_request.ts";
import { nodePermissions } from "../../pure/node_users/node_permissions.ts";
import type { LoginAnswer, LoginAnswers } from "./login_answers.ts";
import { RefusalLog } from "./refusal_log.ts";

/** Where servers ask (ADR-26), and the group of which one controller answers. */
const SUBJECT = "$SYS.REQ.USER.AUTH";
const GROUP = "warm-images-controllers";
/** The header with the public key of the server that asks. */
const KEY_HEADER = "Nats-Server-Xkey";

/** A server waits for four seconds in the chart's configuration; nobody hears a later answer. */
const ANSWER_MS = 3_500;
/** Requests that wait; of more than these, the oldest are given up. */
const MOST_WAITING = 256;
/**
 * After each answer it rests for as long as the answer took, so that a flood takes half the time; but
 * no longer than this: what took so long was waiting for keys.
 */
const LONGEST_REST_MS = 20;

/** What answers come from. */
export interface AnsweringOptions {
  readonly tokens: NodeTokens;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** By which tokens end. */
  readonly serverClock: ServerClock;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly message: Msg;
  readonly sinceMs: number;
}

/** Answers over one connection, one request after the other. */
export class LoginAnswering {
  readonly #connection: NatsConnection;
  readonly #bucket: string;
  readonly #answers: LoginAnswers;
  readonly #options: AnsweringOptions;
  readonly #refusals: RefusalLog;
  readonly #waiting: Waiting[] = [];
  #works: Promise<void> | undefined;

  constructor(
    connection: NatsConnection,
    bucket: string,
    answers: LoginAnswers,
    options: AnsweringOptions,
  ) {
    this.#connection = connection;
    this.#bucket = bucket;
    this.#answers = answers;
    this.#options = options;
    this.#refusals = new RefusalLog(options);
  }

  /** Resolves when the connection has ended; throws why where that was not asked for. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    const connection = this.#connection;
    const refused = Promise.withResolvers<never>();
    connection.subscribe(SUBJECT, {
      queue: GROUP,
      callback: (error, message) => error === null ? this.#take(message) : refused.reject(error),
    });
    using _listener = onAbort(signal, () => void connection.close());
    try {
      const error = await Promise.race([connection.closed(), refused.promise]);
      if (error instanceof Error) throw error;
    } finally {
      await connection.close();
      await this.#works;
    }
  }

  #take(message: Msg): void {
    const sinceMs = this.#options.clock.monotonicMs();
    this.#waiting.push({ message, sinceMs });
    if (this.#waiting.length > MOST_WAITING) {
      this.#waiting.shift();
      this.#count("unanswered");
    }
    this.#works ??= this.#work().finally(() => this.#works = undefined);
  }

  async #work(): Promise<void> {
    const { clock, signal } = this.#options;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      if (signal.aborted || this.#connection.isClosed()) return;
      const startedMs = clock.monotonicMs();
      if (startedMs - next.sinceMs > ANSWER_MS) {
        this.#count("unanswered");
        continue;
      }
      try {
        await this.#answer(next.message);
      } catch { // a request that names what is no key; the error could quote it
        this.#count("unanswered");
      }
      await pause(Math.min(clock.monotonicMs() - startedMs, LONGEST_REST_MS), signal);
    }
  }

  async #answer(message: Msg): Promise<void> {
    const serverKey = message.headers?.get(KEY_HEADER) ?? "";
    const request = this.#answers.open(message.data, serverKey);
    if (request === undefined) {
      this.#count("unanswered");
      return this.#refusals.add("the request cannot be read: is xkey the one of --node-users?");
    }
    const answer = await this.#judge(request);
    const sealed = await this.#answers.seal(request, serverKey, answer);
    if (this.#connection.isClosed()) return;
    message.respond(sealed);
    if ("node" in answer) return this.#count("accepted");
    this.#count("refused");
    this.#refusals.add(answer.error);
  }

  async #judge(request: LoginRequest): Promise<LoginAnswer> {
    if (request.token === undefined) return { error: "no token of a service account was shown" };
    const { tokens, serverClock, signal } = this.#options;
    try {
      const proven = await tokens.verify(request.token, {
        use: "nats",
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      });
      if ("fault" in proven) return { error: proven.fault };
      const nowMs = serverClock.wallMs();
      return {
        node: proven.name,
        permissions: nodePermissions(proven.name, this.#bucket),
        endS: loginEndS(request, { untilMs: proven.untilMs, nowMs }),
      };
    } catch (error) {
      return { error: `the cluster's keys cannot be had: ${messageOf(error)}` };
    }
  }

  #count(result: "accepted" | "refused" | "unanswered"): void {
    this.#options.metrics.count("warm_images_node_logins_total", { result });
  }
}
