package main

import (
	"context"
	"fmt"
	"io"

	v1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/plugin/pkg/admission/extendedresourcetoleration"
	"k8s.io/kubernetes/plugin/pkg/admission/runtimeclass"
)

// The pod as the API server would keep it: with defaults, what admission adds, and valid.
func admitted(
	ctx context.Context,
	raw []byte,
	classes []*nodev1.RuntimeClass,
) (*v1.Pod, error) {
	object, err := runtime.Decode(legacyscheme.Codecs.UniversalDecoder(), raw)
	if err != nil {
		return nil, err
	}
	pod, ok := object.(*core.Pod)
	if !ok {
		return nil, fmt.Errorf("it is a %T, no Pod", object)
	}
	if err := admit(ctx, pod, classes); err != nil {
		return nil, err
	}
	// They are added to pods that run, by a request of their own.
	pod.Spec.EphemeralContainers = nil
	options := podutil.GetValidationOptionsFromPodSpecAndMeta(
		&pod.Spec, nil, &pod.ObjectMeta, nil,
	)
	options.ResourceIsPod = true
	if faults := validation.ValidatePodCreate(pod, options); len(faults) > 0 {
		return nil, faults.ToAggregate()
	}
	kept := &v1.Pod{}
	return kept, legacyscheme.Scheme.Convert(pod, kept, nil)
}

// The admission plug-ins that change where a pod may run.
func admit(ctx context.Context, pod *core.Pod, classes []*nodev1.RuntimeClass) error {
	attributes := admission.NewAttributesRecord(
		pod, nil, v1.SchemeGroupVersion.WithKind("Pod"), pod.Namespace, pod.Name,
		v1.SchemeGroupVersion.WithResource("pods"), "", admission.Create,
		&metav1.CreateOptions{}, false, nil,
	)
	tolerations, err := tolerationsPlugin()
	if err != nil {
		return err
	}
	if err := tolerations.Admit(ctx, attributes, nil); err != nil {
		return err
	}
	ofClass, err := runtimeClassPlugin(pod, classes)
	if err != nil {
		return err
	}
	if err := ofClass.Admit(ctx, attributes, nil); err != nil {
		return err
	}
	return ofClass.Validate(ctx, attributes, nil)
}

func tolerationsPlugin() (admission.MutationInterface, error) {
	plugins := admission.NewPlugins()
	extendedresourcetoleration.Register(plugins)
	plugin, err := plugins.InitPlugin(
		extendedresourcetoleration.PluginName, io.Reader(nil), admission.PluginInitializers{},
	)
	if err != nil {
		return nil, err
	}
	return plugin.(admission.MutationInterface), nil
}

func runtimeClassPlugin(
	pod *core.Pod,
	classes []*nodev1.RuntimeClass,
) (*runtimeclass.RuntimeClass, error) {
	// It asks the API server itself for classes that its cache lacks: there is none here.
	client := &kubernetes.Clientset{}
	factory := informers.NewSharedInformerFactory(client, 0)
	cache := factory.Node().V1().RuntimeClasses().Informer().GetIndexer()
	name, known := pod.Spec.RuntimeClassName, false
	for _, class := range classes {
		if err := cache.Add(class); err != nil {
			return nil, err
		}
		known = known || (name != nil && *name == class.Name)
	}
	if name != nil && !known {
		return nil, fmt.Errorf("RuntimeClass %q not found", *name)
	}
	plugin := runtimeclass.NewRuntimeClass()
	plugin.SetExternalKubeClientSet(client)
	plugin.SetExternalKubeInformerFactory(factory)
	return plugin, plugin.ValidateInitialization()
}
