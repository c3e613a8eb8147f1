package main

import (
	"context"
	"fmt"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	corev1affinity "k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/feature"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/nodeaffinity"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/noderesources"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/nodeunschedulable"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/tainttoleration"
)

// The scheduler's filters that look at a node as such, not at what runs there.
func newFilters(ctx context.Context) ([]fwk.FilterPlugin, error) {
	features := feature.NewSchedulerFeaturesFromGates(utilfeature.DefaultFeatureGate)
	// Extended resources that a DeviceClass gives: there are none here.
	features.EnableDRAExtendedResource = false
	fitArgs := &config.NodeResourcesFitArgs{ScoringStrategy: &config.ScoringStrategy{
		Type:      config.LeastAllocated,
		Resources: []config.ResourceSpec{{Name: "cpu", Weight: 1}},
	}}
	var filters []fwk.FilterPlugin
	for _, made := range []struct {
		create func(context.Context, runtime.Object, fwk.Handle, feature.Features) (fwk.Plugin, error)
		args   runtime.Object
	}{
		{create: nodeunschedulable.New},
		{create: tainttoleration.New},
		{create: nodeaffinity.New, args: &config.NodeAffinityArgs{}},
		{create: noderesources.NewFit, args: fitArgs},
	} {
		plugin, err := made.create(ctx, made.args, nil, features)
		if err != nil {
			return nil, err
		}
		filters = append(filters, plugin.(fwk.FilterPlugin))
	}
	return filters, nil
}

// Names of the nodes that the pod may run on, in the order of the nodes.
func allowedNodes(ctx context.Context, filters []fwk.FilterPlugin, pod *v1.Pod, nodes []*v1.Node) []string {
	var infos []fwk.NodeInfo
	for _, node := range nodes {
		info := framework.NewNodeInfo()
		info.SetNode(withRoom(node))
		infos = append(infos, info)
	}
	allows := scheduler(ctx, filters, pod, infos)
	if pod.Spec.NodeName != "" {
		allows = func(info fwk.NodeInfo) bool { return kubeletTakes(ctx, pod, info.Node()) }
	}
	var names []string
	for _, info := range infos {
		if runsOnOs(pod, info.Node()) && allows(info) {
			names = append(names, info.Node().Name)
		}
	}
	return names
}

// What the scheduler says of a pod, as `RunPreFilterPlugins` and `RunFilterPlugins` do of
// pkg/scheduler/framework/runtime.
func scheduler(
	ctx context.Context, filters []fwk.FilterPlugin, pod *v1.Pod, infos []fwk.NodeInfo,
) func(fwk.NodeInfo) bool {
	state := framework.NewCycleState()
	var asked []fwk.FilterPlugin
	var narrowed *fwk.PreFilterResult
	for _, filter := range filters {
		if plugin, ok := filter.(fwk.PreFilterPlugin); ok {
			result, status := plugin.PreFilter(ctx, state, pod, infos)
			if status.IsSkip() {
				continue
			}
			if !status.IsSuccess() {
				return func(fwk.NodeInfo) bool { return false }
			}
			narrowed = narrowed.Merge(result)
		}
		asked = append(asked, filter)
	}
	return func(info fwk.NodeInfo) bool {
		if !narrowed.AllNodes() && !narrowed.NodeNames.Has(info.Node().Name) {
			return false
		}
		for _, filter := range asked {
			status := filter.Filter(ctx, state, pod, info)
			if status.Code() == fwk.Error {
				panic(fmt.Sprintf("%s: %s", filter.Name(), status.Message()))
			}
			if !status.IsSuccess() {
				return false
			}
		}
		return true
	}
}

// Only resources that devices and huge pages are counted in shall decide.
func withRoom(node *v1.Node) *v1.Node {
	roomy := node.DeepCopy()
	if roomy.Status.Allocatable == nil {
		roomy.Status.Allocatable = v1.ResourceList{}
	}
	for _, name := range []v1.ResourceName{
		v1.ResourceCPU, v1.ResourceMemory, v1.ResourceEphemeralStorage, v1.ResourcePods,
	} {
		roomy.Status.Allocatable[name] = resource.MustParse("1000000Gi")
	}
	return roomy
}

// A pod that names its node never meets the scheduler. kubelet looks again at what can be known
// without its own state (`generalFilter` of pkg/kubelet/lifecycle/predicate.go); extended resources
// that its node lacks it lets pass.
func kubeletTakes(ctx context.Context, pod *v1.Pod, node *v1.Node) bool {
	if pod.Spec.NodeName != node.Name {
		return false
	}
	if matches, _ := corev1affinity.GetRequiredNodeAffinity(pod).Match(node); !matches {
		return false
	}
	isNoExecute := func(taint *v1.Taint) bool { return taint.Effect == v1.TaintEffectNoExecute }
	_, untolerated := corev1helpers.FindMatchingUntoleratedTaint(
		klog.FromContext(ctx), node.Spec.Taints, pod.Spec.Tolerations, isNoExecute, true,
	)
	return !untolerated
}

// kubelet compares with the system it was built for (`rejectPodAdmissionBasedOnOSField`).
func runsOnOs(pod *v1.Pod, node *v1.Node) bool {
	os := node.Status.NodeInfo.OperatingSystem
	return pod.Spec.OS == nil || os == "" || string(pod.Spec.OS.Name) == os
}
