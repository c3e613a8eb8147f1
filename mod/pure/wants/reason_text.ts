import type { WantReason } from "./asked.ts";

/** Who wants an image and, where its template does not simply name it, how that comes. */
export function reasonText(reason: WantReason): string {
  const { kind, namespace, name, of } = reason;
  const what = of === undefined ? kind : `${kind} of ${of.kind}`;
  const notes = [howText(reason), nextText(reason)].filter((note) => note !== undefined);
  const noted = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
  return `${what} ${namespace && `${namespace}/`}${name}${noted}`;
}

/** To the minute, as schedules are. */
function nextText({ next }: WantReason): string | undefined {
  return next && `runs next at ${next.slice(0, 16).replace("T", " ")} UTC`;
}

function howText({ how, revision, shownBy }: WantReason): string | undefined {
  const which = revision ? `revision ${revision}` : "another revision";
  const whose = shownBy === undefined ? "" : `, those of ${shownBy}`;
  switch (how) {
    case undefined:
      return undefined;
    case "pods":
      return `added to its pods${whose}`;
    case "guess":
      return `as pods of its last revision asked${whose}`;
    case "revision":
      return `${which}, still running`;
    case "kept":
      return `${which}, kept for a rollback`;
    case "also":
      return "named in its variables or arguments";
    default:
      return how satisfies never;
  }
}
