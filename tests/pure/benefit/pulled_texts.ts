/** Texts of Events with reason `Pulled`, as kubelets of these versions write them. */
export interface PulledText {
  /** Line of Kubernetes. */
  readonly kubernetes: string;
  /** Where the text is from. */
  readonly from: string;
  readonly message: string;
  readonly image: string;
  readonly result: "present" | "pulled";
  readonly seconds?: number;
  readonly waitingSeconds?: number;
  readonly bytes?: number;
}

const SOURCE = "pkg/kubelet/images/image_manager.go";

/** By version, oldest first. */
export const PULLED_TEXTS: readonly PulledText[] = [
  {
    kubernetes: "1.26",
    from: `${SOURCE} at 00a3928bde54: the duration as it is`,
    message: 'Successfully pulled image "docker.io/istio/proxyv2:1.17.0" in 46.9444707s',
    image: "docker.io/istio/proxyv2:1.17.0",
    result: "pulled",
    seconds: 46.9444707,
    waitingSeconds: 46.9444707,
  },
  {
    kubernetes: "1.26",
    from: `${SOURCE} at 00a3928bde54`,
    message: 'Container image "nginx:1.15.5-alpine" already present on machine',
    image: "docker.io/library/nginx:1.15.5-alpine",
    result: "present",
  },
  {
    kubernetes: "1.27",
    from: "kubectl describe of a node of 1.27: both durations as they are",
    message: 'Successfully pulled image "public.ecr.aws/eks-distro/provisioner:v3.4.1" ' +
      "in 1.315633737s (1.315641898s including waiting)",
    image: "public.ecr.aws/eks-distro/provisioner:v3.4.1",
    result: "pulled",
    seconds: 1.315633737,
    waitingSeconds: 1.315641898,
  },
  {
    kubernetes: "1.28",
    from: "kubectl get events of a node of 1.28: cut to milliseconds",
    message: 'Successfully pulled image "registry.k8s.io/echoserver:1.4" ' +
      "in 7.46s (1m2.46s including waiting)",
    image: "registry.k8s.io/echoserver:1.4",
    result: "pulled",
    seconds: 7.46,
    waitingSeconds: 62.46,
  },
  {
    kubernetes: "1.31",
    from: `${SOURCE} of 1.31: with the size`,
    message: 'Successfully pulled image "nginx" in 480ms (480ms including waiting). ' +
      "Image size: 187694648 bytes.",
    image: "docker.io/library/nginx:latest",
    result: "pulled",
    seconds: 0.48,
    waitingSeconds: 0.48,
    bytes: 187694648,
  },
  {
    kubernetes: "1.33",
    from: "kubectl describe of a Windows node of 1.33",
    message: 'Successfully pulled image "run48.azurecr.io/base:latest" ' +
      "in 3m10.96s (3m10.96s including waiting). Image size: 3072610852 bytes.",
    image: "run48.azurecr.io/base:latest",
    result: "pulled",
    seconds: 190.96,
    waitingSeconds: 190.96,
    bytes: 3072610852,
  },
  {
    kubernetes: "1.35",
    from: "recorded from kubelet 1.35.4 of a local cluster",
    message: 'Container image "10.100.0.1:41521/cold/pod-10:1" already present on machine ' +
      "and can be accessed by the pod",
    image: "10.100.0.1:41521/cold/pod-10:1",
    result: "present",
  },
  {
    kubernetes: "1.35",
    from: "recorded from kubelet 1.35.4 of a local cluster",
    message: 'Successfully pulled image "10.100.0.1:41521/cold/pod-0:1" ' +
      "in 3.6s (3.6s including waiting). Image size: 4460216 bytes.",
    image: "10.100.0.1:41521/cold/pod-0:1",
    result: "pulled",
    seconds: 3.6,
    waitingSeconds: 3.6,
    bytes: 4460216,
  },
  {
    kubernetes: "1.37",
    from: "recorded from kubelet 1.37.2 of a local cluster",
    message: 'Container image "10.100.0.1:42465/cold/pod-10:1" already present on machine ' +
      "and can be accessed by the pod",
    image: "10.100.0.1:42465/cold/pod-10:1",
    result: "present",
  },
  {
    kubernetes: "1.37",
    from: "recorded from kubelet 1.37.2 of a local cluster",
    message: 'Successfully pulled image "10.100.0.1:42465/cold/pod-0:1" ' +
      "in 3.677s (3.677s including waiting). Image size: 4460216 bytes.",
    image: "10.100.0.1:42465/cold/pod-0:1",
    result: "pulled",
    seconds: 3.677,
    waitingSeconds: 3.677,
    bytes: 4460216,
  },
];
