/** A manifest in a style that readers of YAML disagree about. */
export interface OddManifest {
  /** What is odd about it; also its file's name. */
  readonly style: string;
  readonly extension?: "json";
  /** `NAME` stands for a name of its own. */
  readonly text: string;
  readonly encode?: (text: string) => Uint8Array;
}

/** A pod with one image. */
export const POD = `apiVersion: v1
kind: Pod
metadata: {name: NAME}
spec: {containers: [{name: c, image: "example/NAME:1"}]}
`;

/** The pod without its specification. */
export const HEAD = "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\n";

/** The pod in JSON, on one line. */
export const JSON_POD = JSON.stringify({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "NAME" },
  spec: { containers: [{ name: "c", image: "example/NAME:1" }] },
});

/** A pod with this for its container's image. */
export function image(written: string): string {
  return `${HEAD}spec:\n  containers:\n  - name: c\n    image: ${written}\n`;
}

/** A Deployment with these lines in its pod's specification, which is indented by six. */
export function inTemplate(lines: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
spec:
  template:
    spec:
${lines.replace(/^/gm, "      ")}
`;
}

/** With its byte order mark. */
export function utf16(endian: "le" | "be"): (text: string) => Uint8Array {
  return (text) => {
    const bytes = new DataView(new ArrayBuffer(2 * text.length + 2));
    for (const [index, unit] of [0xfeff, ...text.split("").map(unitOf)].entries()) {
      bytes.setUint16(2 * index, unit, endian === "le");
    }
    return new Uint8Array(bytes.buffer);
  };
}

function unitOf(character: string): number {
  return character.charCodeAt(0);
}

/** As ISO 8859-1: one byte a character, which is no UTF-8. */
export function latin(text: string): Uint8Array {
  return Uint8Array.from(text.split(""), unitOf);
}
