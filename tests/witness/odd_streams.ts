import { HEAD, image, JSON_POD, latin, type OddManifest, POD, utf16 } from "./odd_manifest.ts";

/** How files hold objects: encodings, documents, JSON and lists. */
export const ODD_STREAMS: readonly OddManifest[] = [
  { style: "plain", text: POD },
  { style: "no line end", text: POD.trimEnd() },
  { style: "Windows line ends", text: POD.replaceAll("\n", "\r\n") },
  { style: "byte order mark", text: `\uFEFF${POD}` },
  { style: "UTF-16, little end first", text: POD, encode: utf16("le") },
  { style: "UTF-16, big end first", text: POD, encode: utf16("be") },
  {
    style: "document markers with comments",
    text: `--- # first\n${POD}--- # second\n${POD.replaceAll("NAME", "NAME-2")}`,
  },
  { style: "document that begins behind its marker", text: `--- {a: b}\n---\n${POD}` },
  {
    style: "marker with dashes behind it",
    text: `${POD}----\n`,
  },
  { style: "document end marker", text: `${POD}...\n---\n${POD.replaceAll("NAME", "NAME-2")}` },
  { style: "document end marker alone", text: `${POD}...\n${POD.replaceAll("NAME", "NAME-2")}` },
  { style: "directive", text: `%YAML 1.1\n---\n${POD}` },
  { style: "empty documents", text: `---\n---\n# nothing\n---\n${POD}---\n` },
  {
    style: "broken document between good ones",
    text: `${POD}---\nkind: [\n---\n${POD.replaceAll("NAME", "NAME-2")}`,
  },
  {
    style: "marker in a block of text",
    text:
      `${HEAD}  \nspec:\n  containers: [{image: example/NAME}]\n  hostname: |\n    a\n    ---\n    b\n`,
  },
  { style: "anchor of another document", text: `x: &x example/NAME\n---\n${image("*x")}` },
  { style: "JSON", text: JSON_POD },
  { style: "JSON file", extension: "json", text: `${JSON_POD}\n` },
  {
    style: "JSON, one after another",
    extension: "json",
    text: `${JSON_POD}\n${JSON_POD.replaceAll("NAME", "NAME-2")}`,
  },
  {
    style: "JSON with markers between",
    text: `${JSON_POD}\n---\n${JSON_POD.replaceAll("NAME", "NAME-2")}\n---\n${
      POD.replaceAll("NAME", "NAME-3")
    }`,
  },
  { style: "JSON with a comma too much", extension: "json", text: JSON_POD.replace("}]", "},]") },
  { style: "JSON with tabs", text: JSON_POD.replaceAll(",", ",\n\t") },
  { style: "JSON with comments", extension: "json", text: `# ours\n${JSON_POD}` },
  {
    style: "JSON with a key twice",
    extension: "json",
    text: JSON_POD.replace('"image"', '"image":"x","image"'),
  },
  { style: "YAML in a JSON file", extension: "json", text: POD },
  {
    style: "list",
    text: `apiVersion: v1\nkind: List\nitems:\n- ${POD.trimEnd().replaceAll("\n", "\n  ")}\n- ${
      POD.trimEnd().replaceAll("\n", "\n  ").replaceAll("NAME", "NAME-2")
    }\n`,
  },
  {
    style: "list of one kind",
    text:
      "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: NAME}\n  spec: {containers: [{image: example/NAME}]}\n",
  },
  {
    style: "list in a list",
    text:
      `{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: List, items: [${JSON_POD}]}]}`,
  },
  { style: "list without items", text: "apiVersion: v1\nkind: List\n" },
  { style: "sequence of objects", text: `- ${JSON_POD}\n` },
  { style: "old letters that are no UTF-8", text: `# caf\u00e9\n${POD}`, encode: latin },
  { style: "zero byte", text: `${POD}# \0\n` },
  {
    style: "list of long texts",
    text: `apiVersion: v1\nkind: List\nitems:\n- ${
      POD.trimEnd().replaceAll("\n", "\n  ")
    }\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: NAME}\n  data:\n    a: |\n      ${
      "x".repeat(300_000)
    }\n    b: "low\ntext"\n- ${
      POD.trimEnd().replaceAll("\n", "\n  ").replaceAll("NAME", "NAME-2")
    }\n`,
  },
  {
    style: "list with notes behind its items",
    text: `kind: List\nitems:\n- ${
      POD.trimEnd().replaceAll("\n", "\n  ")
    }\nmetadata: {}\napiVersion: v1\n`,
  },
  { style: "old Macintosh line ends", text: POD.replaceAll("\n", "\r") },
  { style: "trailing dashes", text: `${POD}---` },
  { style: "leading blank lines and JSON", text: `\n\n  ${JSON_POD}` },
  { style: "JSON then YAML", text: `${JSON_POD}\n---\n${POD.replaceAll("NAME", "NAME-2")}` },
  {
    style: "JSON on one line with YAML behind",
    extension: "json",
    text: `${JSON_POD} ${JSON_POD.replaceAll("NAME", "NAME-2")} x`,
  },
  { style: "stray item", text: `${POD}- x\n` },
  { style: "other text", text: "Not a manifest at all\n" },
  { style: "values of a chart", text: "image:\n  repository: example/NAME\n  tag: 1\n" },
];
