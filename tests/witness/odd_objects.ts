import { HEAD, image, inTemplate, type OddManifest, POD } from "./odd_manifest.ts";

/** What objects hold: kinds, names, containers and references. */
export const ODD_OBJECTS: readonly OddManifest[] = [
  { style: "number for an image", text: image("12") },
  { style: "word for an image", text: image("no") },
  { style: "nothing for an image", text: image("~") },
  { style: "time for an image", text: image("12:30") },
  { style: "date for an image", text: image("2020-01-01") },
  { style: "digits and tag", text: image("12:1.0") },
  { style: "number for a name", text: POD.replace("{name: NAME}", "{name: 12}") },
  {
    style: "number for a namespace",
    text: POD.replace("{name: NAME}", "{name: NAME, namespace: 12}"),
  },
  {
    style: "number for a label",
    text: POD.replace("{name: NAME}", "{name: NAME, labels: {a: 1}}"),
  },
  {
    style: "text for a number",
    text: inTemplate('terminationGracePeriodSeconds: "30"\ncontainers: [{image: example/NAME}]'),
  },
  { style: "field in other letters", text: POD.replace("image:", "Image:") },
  {
    style: "field with other letters beside it",
    text: POD.replace("image:", "Image: other, image:"),
  },
  { style: "list with nothing for items", text: "apiVersion: v1\nkind: List\nitems: null\n" },
  {
    style: "versions that are no longer served",
    text: inTemplate("containers: [{image: example/NAME}]").replace("apps/v1", "apps/v1beta2"),
  },
  {
    style: "group that is no longer served",
    text: inTemplate("containers: [{image: example/NAME}]").replace(
      "apps/v1",
      "extensions/v1beta1",
    ),
  },
  {
    style: "strange group",
    text: inTemplate("containers: [{image: example/NAME}]").replace(
      "apps/v1",
      "apps.example.com/v1",
    ),
  },
  { style: "no specification", text: HEAD },
  { style: "nothing for a specification", text: `${HEAD}spec:\n` },
  {
    style: "nothing for containers",
    text: `${HEAD}spec: {containers: null, initContainers: [{image: example/NAME}]}\n`,
  },
  {
    style: "nothing among containers",
    text: `${HEAD}spec: {containers: [null, {image: example/NAME}]}\n`,
  },
  {
    style: "text for containers",
    text: `${HEAD}spec: {containers: none, initContainers: [{image: example/NAME}]}\n`,
  },
  {
    style: "every list of containers",
    text:
      `${HEAD}spec:\n  containers: [{image: example/NAME}]\n  initContainers: [{image: "example/NAME:2", restartPolicy: Always}]\n  ephemeralContainers: [{image: "example/NAME:3"}]\n  volumes: [{name: v, image: {reference: "example/NAME:4"}}, {name: w, image: {}}]\n`,
  },
  {
    style: "pulling forbidden",
    text:
      `${HEAD}spec:\n  containers: [{image: example/NAME, imagePullPolicy: Never}, {image: "example/NAME:2"}]\n  volumes: [{name: v, image: {reference: "example/NAME:4", pullPolicy: Never}}]\n`,
  },
  {
    style: "Helm's test",
    text: POD.replace(
      "{name: NAME}",
      '{name: NAME, annotations: {helm.sh/hook: "test-success, test"}}',
    ),
  },
  {
    style: "Helm's test that installs too",
    text: POD.replace(
      "{name: NAME}",
      '{name: NAME, annotations: {helm.sh/hook: "pre-install, test"}}',
    ),
  },
  {
    style: "Helm's other hook",
    text: POD.replace("{name: NAME}", "{name: NAME, annotations: {helm.sh/hook: post-install}}"),
  },
  { style: "pod that ended", text: `${POD}status: {phase: Succeeded}\n` },
  {
    style: "job that ended",
    text:
      'apiVersion: batch/v1\nkind: Job\nmetadata: {name: NAME}\nspec: {template: {spec: {containers: [{image: example/NAME}]}}}\nstatus: {conditions: [{type: Failed, status: "True"}]}\n',
  },
  {
    style: "cron job that is suspended",
    text:
      "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: NAME}\nspec: {suspend: true, jobTemplate: {spec: {template: {spec: {containers: [{image: example/NAME}]}}}}}\n",
  },
  {
    style: "owner that is not there",
    text: POD.replace(
      "{name: NAME}",
      "{name: NAME, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: NAME, controller: true}]}",
    ),
  },
  {
    style: "owner that does not control",
    text: POD.replace(
      "{name: NAME}",
      "{name: NAME, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: d}]}",
    ),
  },
  { style: "digest and tag", text: image(`example/NAME:1@sha256:${"a".repeat(64)}`) },
  { style: "digest that is short", text: image("example/NAME@sha256:abc") },
  { style: "registry with port", text: image("localhost:5000/NAME") },
  { style: "upper letters", text: image("example/Upper") },
  { style: "empty list of containers", text: `${HEAD}spec: {containers: []}\n` },
  { style: "prefix for a name", text: POD.replace("{name: NAME}", "{generateName: NAME-}") },
  {
    style: "prefix for a name twice",
    text: `${POD.replace("{name: NAME}", "{generateName: NAME-}")}---\n${
      POD.replace("{name: NAME}", "{generateName: NAME-}").replace(":1", ":2")
    }`,
  },
  { style: "same object twice", text: `${POD}---\n${POD.replace(":1", ":2")}` },
  { style: "name and prefix", text: POD.replace("{name: NAME}", "{name: NAME, generateName: x-}") },
  {
    style: "empty name and prefix",
    text: POD.replace("{name: NAME}", '{name: "", generateName: NAME-}'),
  },
  { style: "empty namespace", text: POD.replace("{name: NAME}", '{name: NAME, namespace: ""}') },
  {
    style: "nothing for a namespace",
    text: POD.replace("{name: NAME}", "{name: NAME, namespace: ~}"),
  },
  {
    style: "init containers of a stateful set",
    text: inTemplate("initContainers:\n- {image: example/NAME}\ncontainers: []").replace(
      "Deployment",
      "StatefulSet",
    ),
  },
  {
    style: "daemon set",
    text: inTemplate("containers: [{image: example/NAME}]").replace("Deployment", "DaemonSet"),
  },
  {
    style: "replication controller",
    text: inTemplate("containers: [{image: example/NAME}]").replace("apps/v1", "v1").replace(
      "Deployment",
      "ReplicationController",
    ),
  },
];
