import { HEAD, image, inTemplate, type OddManifest, POD } from "./odd_manifest.ts";

/** How YAML writes values: quotes, flows, blocks, anchors and words. */
export const ODD_VALUES: readonly OddManifest[] = [
  { style: "tabs behind values", text: POD.replaceAll("\n", "\t\n") },
  { style: "tab as indentation", text: `${HEAD}spec:\n\tcontainers: [{image: example/NAME}]\n` },
  {
    style: "flow that ends low",
    text: `${HEAD}spec: {\n  containers: [\n    {image: example/NAME}\n]\n}\n`,
  },
  {
    style: "quoted text that goes on low",
    text: `${HEAD}spec:\n  hostname: "a\nb"\n  containers: [{image: example/NAME}]\n`,
  },
  { style: "key given twice", text: `${image("example/NAME:1")}    image: example/NAME:2\n` },
  {
    style: "specification given twice",
    text: `${POD}spec: {containers: [{image: "example/NAME:2"}]}\n`,
  },
  { style: "kind given twice", text: `${POD}kind: ConfigMap\n` },
  {
    style: "template braces",
    text: inTemplate("containers:\n- {name: c, image: {{ .Values.image }}}"),
  },
  { style: "template braces in quotes", text: image('"{{ .Values.image }}"') },
  {
    style: "workflow braces in quotes",
    text: inTemplate('containers:\n- {image: example/NAME, args: ["{{item}}"]}'),
  },
  {
    style: "anchors and merges",
    text:
      `${HEAD}spec:\n  containers:\n  - &c {name: a, image: example/NAME}\n  - {<<: *c, name: b}\n  - {<<: *c, image: "example/NAME:2"}\n`,
  },
  {
    style: "merge of several",
    text:
      `${HEAD}x: &x {image: example/NAME}\ny: &y {image: "example/NAME:2"}\nspec: {containers: [{<<: [*x, *y]}, {<<: [*y, *x], name: c}]}\n`,
  },
  { style: "keys in quotes", text: POD.replace("kind:", '"kind":').replace("spec:", "'spec':") },
  { style: "keys with a question mark", text: POD.replace("kind: Pod", "? kind\n: Pod") },
  { style: "sequence not indented", text: image("example/NAME") },
  {
    style: "sequence indented by five",
    text: `${HEAD}spec:\n     containers:\n          -    image: example/NAME\n`,
  },
  { style: "comment behind a reference", text: image("example/NAME # ours") },
  { style: "comment sign within", text: image("example/NAME#1") },
  { style: "folded reference", text: image(">-\n      example/NAME\n") },
  { style: "folded reference with line end", text: image(">\n      example/NAME\n") },
  { style: "literal reference", text: image("|-\n      example/NAME\n") },
  { style: "reference over two lines", text: image("example/\n      NAME\n") },
  { style: "escapes", text: image('"\\x65xample/NAME\\u003a1"') },
  { style: "escaped line end", text: image('"example/\\\n      NAME"') },
  { style: "tag for texts", text: image("!!str example/NAME") },
  { style: "own tag", text: image("!mine example/NAME") },
  {
    style: "words as keys",
    text: POD.replace("{name: NAME}", "{name: NAME, annotations: {on: x, 1: y, ~: z}}"),
  },
  {
    style: "mapping as key",
    text: POD.replace("{name: NAME}", "{name: NAME, annotations: {{a: b}: x}}"),
  },
  { style: "chomping and indentation indicators", text: image("|2-\n      example/NAME\n") },
  { style: "white space in quotes", text: image('" example/NAME"') },
  {
    style: "octal and hexadecimal tags",
    text: `${HEAD}spec:\n  containers: [{image: 0x1F}, {image: 0o14}, {image: example/NAME}]\n`,
  },
  {
    style: "underscored number",
    text: POD.replace("{name: NAME}", "{name: NAME, annotations: {a: 1_000}}"),
  },
  { style: "infinity", text: POD.replace("{name: NAME}", "{name: NAME, annotations: {a: .inf}}") },
  {
    style: "set and binary",
    text: POD.replace("{name: NAME}", "{name: NAME, annotations: {a: !!binary aGk=}}"),
  },
  {
    style: "aliases that grow",
    text:
      `${HEAD}a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b]\nspec: {containers: [{image: example/NAME}]}\n`,
  },
  {
    style: "line separators of Unicode",
    text: POD.replace("{name: NAME}", '{name: NAME, annotations: {a: "x\u2028y\u0085z"}}'),
  },
  {
    style: "colon at the end of a value",
    text: `${HEAD}spec:\n  hostname: a:\n  containers: [{image: example/NAME}]\n`,
  },
  { style: "value that begins with an at sign", text: image("@example/NAME") },
  {
    style: "percent sign at the start of a value",
    text: `${HEAD}spec: {containers: [{image: example/NAME, args: [%a]}]}\n`,
  },
  {
    style: "flow without space behind the colon",
    text:
      `{"apiVersion":"v1","kind":"Pod","metadata":{name:NAME},"spec":{"containers":[{"image":"example/NAME"}]}}\n`,
  },
  {
    style: "comma at the end of a flow",
    text: `${HEAD}spec: {containers: [{image: example/NAME,},],}\n`,
  },
  {
    style: "comment between keys at any depth",
    text: `${HEAD}spec:\n# low\n  containers:\n        # deep\n  - image: example/NAME\n# end`,
  },
  {
    style: "flow as low as its key",
    text: `${HEAD}spec:\n  containers:\n  - image: example/NAME\n    args:\n    []\n`,
  },
  {
    style: "question mark within a flow",
    text: `${HEAD}spec: {containers: [{image: example/NAME, args: [a?b]}]}\n`,
  },
  {
    style: "colon at the start within a flow",
    text: `${HEAD}spec: {containers: [{image: example/NAME, args: [:a]}]}\n`,
  },
  {
    style: "line separator without quotes",
    text: `${HEAD}spec:\n  hostname: a\u2028b\n  containers: [{image: example/NAME}]\n`,
  },
  {
    style: "line separator in a block",
    text: `${HEAD}spec:\n  hostname: |\n    a\u2028b\n  containers: [{image: example/NAME}]\n`,
  },
  {
    style: "reserved sign at the start",
    text: `${HEAD}spec: {containers: [{image: example/NAME, args: [a, @b]}]}\n`,
  },
  {
    style: "quote within a flow",
    text: `${HEAD}spec: {containers: [{image: example/NAME, args: [a"b, c'd]}]}\n`,
  },
];
