package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/distribution/reference"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	kjson "sigs.k8s.io/json"
)

// Groups of the kinds that are followed.
var followed = map[string]string{
	"CronJob": "batch", "DaemonSet": "apps", "Deployment": "apps", "Job": "batch", "Pod": "",
	"ReplicaSet": "apps", "ReplicationController": "", "StatefulSet": "apps",
}

// Reads an object as the API server does; other kinds are passed over. Versions that are no longer
// served are read as the one that is.
func (f *findings) readObject(raw []byte, head metav1.TypeMeta) error {
	read, err := schema.ParseGroupVersion(head.APIVersion)
	if err != nil {
		return err
	}
	if !isFollowed(read.Group, head.Kind) {
		return nil
	}
	object, err := scheme.Scheme.New(read.WithKind(head.Kind).GroupKind().WithVersion("v1"))
	if err != nil {
		return err
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(raw, object); err != nil {
		f.Refused = append(f.Refused, title(head.Kind, nameIn(raw)))
		return fmt.Errorf("%s: %w", title(head.Kind, nameIn(raw)), err)
	}
	meta := object.(metav1.Object)
	name := title(head.Kind, meta)
	f.Objects = append(f.Objects, name)
	spec, ended := podSpecOf(object)
	if ended || isTestHook(meta) {
		return nil
	}
	images, err := canonical(imagesIn(spec))
	wanted := asked{object: name, images: images}
	if owner := metav1.GetControllerOf(meta); owner != nil {
		named := &metav1.ObjectMeta{Namespace: meta.GetNamespace(), Name: owner.Name}
		wanted.owner = title(owner.Kind, named)
		if head.Kind == "Pod" {
			wanted.orphan = title(head.Kind, named)
		}
	}
	f.asked = append(f.asked, wanted)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// As containerd's CRI plug-in writes them; those that are no references are left out, and told.
func canonical(written []string) (images []string, faults error) {
	for _, each := range written {
		named, err := reference.ParseDockerRef(each)
		if err != nil {
			faults = errors.Join(faults, fmt.Errorf("%q: %w", each, err))
			continue
		}
		images = append(images, named.String())
	}
	return images, faults
}

func isFollowed(group, kind string) bool {
	own, known := followed[kind]
	return known && own == group
}

// Whatever else of the object cannot be read.
func nameIn(raw []byte) metav1.Object {
	partial := &metav1.PartialObjectMetadata{}
	_ = kjson.UnmarshalCaseSensitivePreserveInts(raw, partial)
	return partial
}

func title(kind string, meta metav1.Object) string {
	namespace, name := meta.GetNamespace(), meta.GetName()
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	if name == "" {
		name = meta.GetGenerateName()
	}
	return fmt.Sprintf("%s %s/%s", kind, namespace, name)
}

// Whether `helm test` alone runs it: https://helm.sh/docs/topics/chart_tests/
func isTestHook(meta metav1.Object) bool {
	hooks, annotated := meta.GetAnnotations()["helm.sh/hook"]
	isOther := func(hook string) bool {
		return !slices.Contains(testHooks, strings.TrimSpace(hook))
	}
	return annotated && !slices.ContainsFunc(strings.Split(hooks, ","), isOther)
}

var testHooks = []string{"test", "test-success", "test-failure"}

func podSpecOf(object any) (spec *v1.PodSpec, ended bool) {
	switch typed := object.(type) {
	case *v1.Pod:
		phase := typed.Status.Phase
		return &typed.Spec, phase == v1.PodSucceeded || phase == v1.PodFailed
	case *v1.ReplicationController:
		if typed.Spec.Template == nil {
			return &v1.PodSpec{}, false
		}
		return &typed.Spec.Template.Spec, false
	case *appsv1.Deployment:
		return &typed.Spec.Template.Spec, false
	case *appsv1.StatefulSet:
		return &typed.Spec.Template.Spec, false
	case *appsv1.DaemonSet:
		return &typed.Spec.Template.Spec, false
	case *appsv1.ReplicaSet:
		return &typed.Spec.Template.Spec, false
	case *batchv1.Job:
		return &typed.Spec.Template.Spec, hasEnded(typed)
	case *batchv1.CronJob:
		return &typed.Spec.JobTemplate.Spec.Template.Spec, false
	default:
		panic(fmt.Sprintf("no pod template is known of %T", object))
	}
}

func hasEnded(job *batchv1.Job) bool {
	return job.Status.CompletionTime != nil ||
		slices.ContainsFunc(job.Status.Conditions, func(condition batchv1.JobCondition) bool {
			ends := condition.Type == batchv1.JobComplete || condition.Type == batchv1.JobFailed
			return ends && condition.Status == v1.ConditionTrue
		})
}

// Istio's injector writes a reference in its place.
const placeholder = "auto"

// References as written; those are left out that their pod may not pull.
func imagesIn(spec *v1.PodSpec) []string {
	var images []string
	add := func(image string, policy v1.PullPolicy) {
		if image != "" && image != placeholder && policy != v1.PullNever {
			images = append(images, image)
		}
	}
	for _, containers := range [][]v1.Container{spec.InitContainers, spec.Containers} {
		for _, container := range containers {
			add(container.Image, container.ImagePullPolicy)
		}
	}
	for _, container := range spec.EphemeralContainers {
		add(container.Image, container.ImagePullPolicy)
	}
	for _, volume := range spec.Volumes {
		if volume.Image != nil {
			add(volume.Image.Reference, volume.Image.PullPolicy)
		}
	}
	return images
}
