import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { askScheduler, type PlacementAnswer } from "./ask_scheduler.ts";
import { someNodes } from "./generated_nodes.ts";
import { RUNTIME_CLASSES, somePod } from "./generated_pods.ts";
import { nodesByUs, type PlacementQuestion } from "./our_judgement.ts";

const PODS = 3_000;

/** Each has its nodes from one of these. */
const CLUSTERS = 60;

const reason = await reasonToSkip("witness-scheduler");

realTest("a pod may run where Kubernetes' own scheduler lets it", reason, async () => {
  const seed = Number(Deno.env.get("SEED") ?? 1);
  const questions = someQuestions(seed);
  const answers = await askScheduler(questions);
  assertEquals(answers.length, questions.length);
  const asked = questions.map((question, index) => ({ question, answer: answers[index] ?? {} }));
  const taken = asked.filter(({ answer }) => answer.refused === undefined);
  const differences = taken.flatMap(({ question, answer }) => differencesOf(question, answer));
  assertEquals(differences.slice(0, 5).join("\n"), "", `${differences.length} with seed ${seed}`);

  // Neither the pods nor the nodes decide everything by themselves.
  assert(taken.length > 0.7 * PODS, `${PODS - taken.length} of ${PODS} pods are refused`);
  const pairs = taken.flatMap(({ question }) => question.nodes).length;
  const allowed = taken.flatMap(({ answer }) => answer.nodes ?? []).length;
  assert(allowed > 0.1 * pairs && allowed < 0.9 * pairs, `${allowed} of ${pairs} pairs`);
});

function someQuestions(seed: number): PlacementQuestion[] {
  const clusters = fc.sample(someNodes, { seed, numRuns: CLUSTERS });
  const pods = fc.sample(somePod, { seed, numRuns: PODS });
  return pods.map((pod, index) => ({
    pod,
    nodes: clusters[index % CLUSTERS] ?? [],
    runtimeClasses: RUNTIME_CLASSES,
  }));
}

function differencesOf(question: PlacementQuestion, { nodes = [] }: PlacementAnswer): string[] {
  const [ours, theirs] = [new Set(nodesByUs(question)), new Set(nodes)];
  return [...ours.symmetricDifference(theirs)].map((name) => {
    const node = question.nodes.find((each) => JSON.stringify(each).includes(`"name":"${name}"`));
    const who = ours.has(name) ? "we alone let" : "the scheduler alone lets";
    return `${who} ${JSON.stringify(question.pod)} run on ${JSON.stringify(node)}`;
  });
}
