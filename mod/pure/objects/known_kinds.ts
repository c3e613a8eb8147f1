import { holds, startsNone } from "./asleep.ts";
import type { Kind } from "./kind.ts";
import {
  observeCronWorkflow,
  observeWorkflow,
  observeWorkflowTemplate,
} from "./known/argo_workflow.ts";
import { observeClusterServiceVersion } from "./known/cluster_service_version.ts";
import { isStoppedService, observeInferenceService } from "./known/inference_service.ts";
import { observeKnativeImage, observeKnativeRevision } from "./known/knative.ts";
import { isHibernated, observePostgresCluster } from "./known/postgres_cluster.ts";
import { observePrometheus } from "./known/prometheus.ts";
import { observeRay } from "./known/ray.ts";
import { observeScheduledSparkApplication, observeSparkApplication } from "./known/spark.ts";
import { observePipeline, observeTask } from "./known/tekton.ts";
import { observeTrainJob } from "./known/train_job.ts";
import {
  isHalted,
  observeVirtualMachine,
  observeVirtualMachineInstance,
} from "./known/virtual_machine.ts";
import { hasCondition, observePodShaped, podShaped } from "./observe_pod_shaped.ts";
import { type Fields, fieldsOf, textOf } from "./raw_value.ts";

const SPEAKS = { namespaced: true, speaksForOwned: true, observe: observePodShaped };
/** What an operator makes of such an object, it makes by more than the object says. */
const CONFIGURES = { ...SPEAKS, speaksForOwned: false };

const ARGO = { ...CONFIGURES, group: "argoproj.io", version: "v1alpha1" };
const KNATIVE = { ...CONFIGURES, group: "serving.knative.dev", version: "v1" };
const KRUISE = { ...SPEAKS, group: "apps.kruise.io", version: "v1beta1" };
const TEKTON = { ...CONFIGURES, group: "tekton.dev", version: "v1", isAsleep: startsNone };
const RAY = { ...CONFIGURES, group: "ray.io", version: "v1", observe: observeRay };
const SPARK = { ...CONFIGURES, group: "sparkoperator.k8s.io", version: "v1beta2" };
const KUBEVIRT = { ...CONFIGURES, group: "kubevirt.io", version: "v1" };
const MONITORING = { ...CONFIGURES, group: "monitoring.coreos.com", version: "v1" };
/** Training jobs of Kubeflow's first operator: `JobConditionType` of its pkg/apis. */
const KUBEFLOW = {
  ...SPEAKS,
  group: "kubeflow.org",
  version: "v1",
  isAsleep: holds(["spec", "runPolicy", "suspend"], true),
  observe: podShaped({ hasEnded: hasCondition("Succeeded", "Failed") }),
};

/**
 * Kinds of others whose objects ask for images. A cluster has those that are installed, and says
 * itself which version of them it prefers.
 */
export const KNOWN_KINDS: readonly Kind[] = [
  { ...ARGO, kind: "Rollout", plural: "rollouts", speaksForOwned: true },
  { ...ARGO, kind: "Workflow", plural: "workflows", observe: observeWorkflow },
  {
    ...ARGO,
    kind: "WorkflowTemplate",
    plural: "workflowtemplates",
    isAsleep: startsNone,
    observe: observeWorkflowTemplate,
  },
  {
    ...ARGO,
    kind: "ClusterWorkflowTemplate",
    plural: "clusterworkflowtemplates",
    namespaced: false,
    isAsleep: startsNone,
    observe: observeWorkflowTemplate,
  },
  { ...ARGO, kind: "CronWorkflow", plural: "cronworkflows", observe: observeCronWorkflow },
  {
    ...KNATIVE,
    kind: "Service",
    plural: "services",
    alias: "KnativeService",
    // Its Revisions say what is scaled to zero.
    isAsleep: startsNone,
  },
  {
    ...KNATIVE,
    kind: "Revision",
    plural: "revisions",
    alias: "KnativeRevision",
    // `RevisionStatus` of knative/serving pkg/apis/serving/v1, as its autoscaler says.
    isAsleep: holds(["status", "desiredReplicas"], 0),
    observe: observeKnativeRevision,
  },
  {
    ...CONFIGURES,
    group: "caching.internal.knative.dev",
    version: "v1alpha1",
    kind: "Image",
    plural: "images",
    alias: "KnativeImage",
    isAsleep: startsNone,
    observe: observeKnativeImage,
  },
  { ...KRUISE, kind: "CloneSet", plural: "clonesets" },
  { ...KRUISE, kind: "StatefulSet", plural: "statefulsets", alias: "AdvancedStatefulSet" },
  {
    ...KRUISE,
    kind: "DaemonSet",
    plural: "daemonsets",
    alias: "AdvancedDaemonSet",
    observe: podShaped({ isDaemon: true }),
  },
  {
    ...SPEAKS,
    group: "keda.sh",
    version: "v1alpha1",
    kind: "ScaledJob",
    plural: "scaledjobs",
    // It starts Jobs, which ask for pods themselves.
    isAsleep: startsNone,
  },
  { ...TEKTON, kind: "Task", plural: "tasks", observe: observeTask },
  { ...TEKTON, kind: "Pipeline", plural: "pipelines", observe: observePipeline },
  {
    ...SPEAKS,
    group: "batch.volcano.sh",
    version: "v1alpha1",
    kind: "Job",
    plural: "jobs",
    alias: "VolcanoJob",
    // `JobPhase` of volcano-sh/apis pkg/apis/batch/v1alpha1; an aborted job may be resumed.
    isAsleep: holds(["status", "state", "phase"], "Aborting", "Aborted"),
    observe: podShaped({ hasEnded: isPhase("state", "Completed", "Failed", "Terminated") }),
  },
  { ...RAY, kind: "RayCluster", plural: "rayclusters" },
  { ...RAY, kind: "RayJob", plural: "rayjobs" },
  { ...RAY, kind: "RayService", plural: "rayservices" },
  {
    ...SPARK,
    kind: "SparkApplication",
    plural: "sparkapplications",
    observe: observeSparkApplication,
  },
  {
    ...SPARK,
    kind: "ScheduledSparkApplication",
    plural: "scheduledsparkapplications",
    observe: observeScheduledSparkApplication,
  },
  {
    ...SPEAKS,
    group: "jobset.x-k8s.io",
    version: "v1alpha2",
    kind: "JobSet",
    plural: "jobsets",
    // `JobSetConditionType` of kubernetes-sigs/jobset api/jobset/v1alpha2.
    observe: podShaped({ hasEnded: hasCondition("Completed", "Failed") }),
  },
  { ...KUBEFLOW, kind: "PyTorchJob", plural: "pytorchjobs" },
  { ...KUBEFLOW, kind: "TFJob", plural: "tfjobs" },
  { ...KUBEFLOW, kind: "MPIJob", plural: "mpijobs" },
  { ...KUBEFLOW, kind: "XGBoostJob", plural: "xgboostjobs" },
  { ...KUBEFLOW, kind: "PaddleJob", plural: "paddlejobs" },
  { ...KUBEFLOW, kind: "JAXJob", plural: "jaxjobs" },
  {
    ...CONFIGURES,
    group: "trainer.kubeflow.org",
    version: "v1alpha1",
    kind: "TrainJob",
    plural: "trainjobs",
    observe: observeTrainJob,
  },
  {
    ...CONFIGURES,
    group: "serving.kserve.io",
    version: "v1beta1",
    kind: "InferenceService",
    plural: "inferenceservices",
    isAsleep: isStoppedService,
    observe: observeInferenceService,
  },
  {
    ...KUBEVIRT,
    kind: "VirtualMachine",
    plural: "virtualmachines",
    isAsleep: isHalted,
    observe: observeVirtualMachine,
  },
  {
    ...KUBEVIRT,
    kind: "VirtualMachineInstance",
    plural: "virtualmachineinstances",
    observe: observeVirtualMachineInstance,
  },
  {
    ...CONFIGURES,
    group: "postgresql.cnpg.io",
    version: "v1",
    kind: "Cluster",
    plural: "clusters",
    alias: "PostgresCluster",
    isAsleep: isHibernated,
    observe: observePostgresCluster,
  },
  { ...MONITORING, kind: "Prometheus", plural: "prometheuses", observe: observePrometheus },
  { ...MONITORING, kind: "Alertmanager", plural: "alertmanagers", observe: observePrometheus },
  {
    ...CONFIGURES,
    group: "actions.github.com",
    version: "v1alpha1",
    kind: "AutoscalingRunnerSet",
    plural: "autoscalingrunnersets",
    // Beyond its least number of runners there is one for each job.
    isAsleep: holds(["spec", "minRunners"], undefined, null, 0),
  },
  {
    ...CONFIGURES,
    group: "extensions.agents.x-k8s.io",
    version: "v1beta1",
    kind: "SandboxTemplate",
    plural: "sandboxtemplates",
    isAsleep: startsNone,
  },
  {
    // Its image is blank while an image change trigger is to fill it in.
    ...SPEAKS,
    group: "apps.openshift.io",
    version: "v1",
    kind: "DeploymentConfig",
    plural: "deploymentconfigs",
  },
  {
    ...CONFIGURES,
    group: "operators.coreos.com",
    version: "v1alpha1",
    kind: "ClusterServiceVersion",
    plural: "clusterserviceversions",
    // OLM copies each into all namespaces that its operator watches.
    labelSelector: "!olm.copiedFrom",
    observe: observeClusterServiceVersion,
  },
];

function isPhase(field: string, ...phases: readonly string[]) {
  return (status: Fields): boolean => {
    const phase = textOf(fieldsOf(status[field])["phase"]);
    return phase !== undefined && phases.includes(phase);
  };
}
