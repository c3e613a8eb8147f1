// Answers, for pods and nodes as whole Kubernetes objects, which nodes Kubernetes' own code lets the
// pod run on. It reads one JSON object a line, {"pod": …, "nodes": […], "runtimeClasses": […]}, and
// writes one a line: {"nodes": [names]}, or {"refused": why} when the API server would not take the
// pod.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	v1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
)

type question struct {
	Pod            json.RawMessage        `json:"pod"`
	Nodes          []*v1.Node             `json:"nodes"`
	RuntimeClasses []*nodev1.RuntimeClass `json:"runtimeClasses"`
}

type answer struct {
	Nodes   []string `json:"nodes,omitempty"`
	Refused string   `json:"refused,omitempty"`
}

// Tolerations with "Lt" and "Gt" are refused while their gate is off, which is the default.
const gates = "TaintTolerationComparisonOperators=true"

func main() {
	// Values that are no numbers are no news here.
	klog.SetLogger(klog.Logger{})
	if err := utilfeature.DefaultMutableFeatureGate.Set(gates); err != nil {
		fail(err)
	}
	if err := answerAll(context.Background(), os.Stdin, os.Stdout); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func answerAll(ctx context.Context, in io.Reader, out io.Writer) error {
	filters, err := newFilters(ctx)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(out)
	defer buffered.Flush()
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(buffered)
	for line := 1; ; line++ {
		var asked question
		if err := decoder.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("question %d: %w", line, err)
		}
		if err := encoder.Encode(answerOne(ctx, filters, asked)); err != nil {
			return err
		}
	}
}

func answerOne(ctx context.Context, filters []fwk.FilterPlugin, asked question) answer {
	pod, err := admitted(ctx, asked.Pod, asked.RuntimeClasses)
	if err != nil {
		return answer{Refused: err.Error()}
	}
	return answer{Nodes: allowedNodes(ctx, filters, pod, asked.Nodes)}
}
