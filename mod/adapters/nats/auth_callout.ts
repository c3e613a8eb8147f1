import { pause } from "../../async/delay.ts";
import { backoffMs } from "../../pure/backoff.ts";
import { inboxPrefix } from "../../pure/bucket/state_keys.ts";
import { messageOf } from "../../pure/message_of.ts";
import { readSeeds } from "../../pure/node_users/node_user_keys.ts";
import type { NatsSettings } from "../../pure/settings/nats_settings.ts";
import { connectToAny } from "./connection.ts";
import { type AnsweringOptions, LoginAnswering } from "./login_answering.ts";
import { LoginAnswers } from "./login_answers.ts";

const RETRY = { baseMs: 500, maxMs: 5_000 };
const LASTING_MS = 10_000;

/** What answering for logins needs. */
export interface AuthCalloutOptions extends AnsweringOptions {
  /** The file of seeds, read at each connect. */
  readonly seedsFile: string;
  /** Tells this controller from all others; shown in the server's list of connections. */
  readonly name: string;
}

/**
 * Answers NATS servers for logins of nodes, in the background until it is disposed of or `signal`
 * aborts: whoever shows the token of a node's agent may do what that node's agent has to, and nothing
 * else. Each controller answers, whether it leads or not.
 */
export function openNodeUsers(
  settings: NatsSettings,
  options: AuthCalloutOptions,
): AsyncDisposable {
  const disposed = new AbortController();
  const signal = AbortSignal.any([options.signal, disposed.signal]);
  const running = answerLogins(settings, { ...options, signal });
  return {
    async [Symbol.asyncDispose]() {
      disposed.abort();
      await running;
    },
  };
}

async function answerLogins(
  settings: NatsSettings,
  options: AuthCalloutOptions,
): Promise<void> {
  const { name, signal, logger, clock } = options;
  let told = "";
  for (let failures = 0; !signal.aborted;) {
    const startedMs = clock.monotonicMs();
    try {
      const answers = await readAnswers(options.seedsFile);
      const { connection } = await connectToAny(settings.servers, settings, {
        name: `warm-images controller ${name} logins`,
        inbox: inboxPrefix("controller", `${name}-logins`),
        signal,
      });
      told = "";
      await new LoginAnswering(connection, settings.bucket, answers, options).run();
    } catch (error) {
      if (signal.aborted) return;
      const reason = messageOf(error);
      if (reason !== told) logger.warn("Cannot answer for logins of nodes", { reason });
      told = reason;
    }
    failures = clock.monotonicMs() - startedMs > LASTING_MS ? 1 : failures + 1;
    await pause(backoffMs(failures, RETRY, Math.random), signal);
  }
}

async function readAnswers(file: string): Promise<LoginAnswers> {
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (cause) {
    const kind = cause instanceof Error ? cause.name : "unknown";
    throw new Error(`Cannot read "${file}" of --node-users: ${kind}`, { cause });
  }
  try {
    return new LoginAnswers(readSeeds(text));
  } catch (cause) {
    throw new Error(`Cannot use "${file}" of --node-users: ${messageOf(cause)}`);
  }
}
