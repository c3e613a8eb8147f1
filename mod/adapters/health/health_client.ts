import type { ControllerAnswers } from "../../pure/installation_check.ts";
import { messageOf } from "../../pure/message_of.ts";

/** How long one answer may take. */
const TIMEOUT_MS = 5_000;

/** Asks a controller for `/readyz` and `/metrics`. Throws an error that says what did not answer. */
export async function askController(url: string, signal: AbortSignal): Promise<ControllerAnswers> {
  const readiness = await ask(`${url}/readyz`, signal);
  const metrics = await ask(`${url}/metrics`, signal);
  return { readiness: parse(readiness), metrics };
}

async function ask(url: string, signal: AbortSignal): Promise<string> {
  try {
    // One that is not ready says why with the status 503.
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    return await response.text();
  } catch (cause) {
    throw new Error(`Cannot reach ${url}: ${messageOf(cause)}`, { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
