import { apiErrorOf } from "./api_error.ts";

/** An API object as parsed from JSON; its readers check the fields they need. */
export type RawObject = Readonly<Record<string, unknown>>;

/** One line of a watch. */
export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: RawObject;
}

/** A line of a watch cannot be read: its change is lost, so only a new list helps. */
export class BrokenEventError extends Error {
  override readonly name = "BrokenEventError";
}

/**
 * Reads the events of a watch's body until it ends. Throws `BrokenEventError` for a line that is
 * no event or too long, `ApiError` for an ERROR event, and whatever the connection throws.
 */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
  options: {
    readonly resource: string;
    readonly maxLineLength: number;
    /** Called for each chunk of data, whatever it holds. */
    readonly alive: () => void;
  },
): AsyncGenerator<WatchEvent> {
  const { resource, maxLineLength, alive } = options;
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    alive();
    const lines = decoder.decode(chunk, { stream: true }).split("\n");
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? "";
    if (rest.length > maxLineLength) {
      throw new BrokenEventError(
        `Cannot read an event of ${resource}: its line is longer than ${maxLineLength} bytes`,
      );
    }
    for (const line of lines) {
      if (line.trim() !== "") yield parseEvent(line, resource);
    }
  }
  if (rest.trim() !== "") throw new Error("the connection ended in the middle of an event");
}

/** Never quotes the line: an object may hold secrets in plain variables. */
function parseEvent(line: string, resource: string): WatchEvent {
  const event = parseObject(line);
  const object = event?.["object"];
  if (event === undefined || !isObject(object)) {
    throw new BrokenEventError(
      `Cannot read an event of ${resource}: its line of ${line.length} characters is ${
        event === undefined ? "not JSON" : "no watch event"
      }`,
    );
  }
  switch (event["type"]) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
    case "BOOKMARK":
      return { type: event["type"], object };
    case "ERROR":
      throw apiErrorOf(`watch ${resource}`, Number(object["code"]), JSON.stringify(object), null);
    default:
      throw new BrokenEventError(
        `Cannot read an event of ${resource}: its type is "${event["type"]}"`,
      );
  }
}

function parseObject(line: string): RawObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** True for what JSON calls an object. */
export function isObject(value: unknown): value is RawObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `metadata.resourceVersion` of an object or a list. */
export function versionOf(object: RawObject): string | undefined {
  const metadata = object["metadata"];
  const version = isObject(metadata) ? metadata["resourceVersion"] : undefined;
  return typeof version === "string" && version !== "" ? version : undefined;
}
