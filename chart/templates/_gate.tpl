{{/* Nodes that wait until they are warm: what the controller is told and may do, and who tolerates it. */}}

{{/* The taints that are lifted, as words; nothing while the gate is off. */}}
{{- define "warm-images.gateTaints" -}}
{{- if .Values.gate.enabled -}}
{{- regexSplit "[\\s,]+" (include "warm-images.words" .Values.gate.taints) -1 | compact | uniq | join " " -}}
{{- end -}}
{{- end -}}

{{- define "warm-images.gateEnv" -}}
{{- if .Values.gate.enabled -}}
- name: GATE
  value: "on"
# The program takes an empty variable for one that is not set, which is its own taints.
- name: GATE_TAINTS
  value: {{ include "warm-images.gateTaints" . | default "," | quote }}
- name: GATE_CONDITION
  value: {{ .Values.gate.condition | quote }}
- name: GATE_LIMIT
  value: {{ .Values.gate.limit | quote }}
- name: GATE_FOR
  value: {{ .Values.gate.for | quote }}
{{- end -}}
{{- end -}}

{{/* Resources of nodes that the controller changes then, in words. */}}
{{- define "warm-images.gateResources" -}}
{{- $resources := list -}}
{{- if include "warm-images.gateTaints" . -}}{{- $resources = append $resources "nodes" -}}{{- end -}}
{{- if and .Values.gate.enabled .Values.gate.condition -}}{{- $resources = append $resources "nodes/status" -}}{{- end -}}
{{- join ", " $resources -}}
{{- end -}}

{{/* The rule for that, if there is any. */}}
{{- define "warm-images.gateRules" -}}
{{- with include "warm-images.gateResources" . -}}
- apiGroups: [""]
  resources: [{{ . }}]
  verbs: [patch]
{{- end -}}
{{- end -}}

{{/*
Whether the API server itself holds the controller to these changes. In what Helm renders without a
cluster it knows no kinds: there the version tells.
*/}}
{{- define "warm-images.gatePolicy" -}}
{{- if include "warm-images.gateResources" . -}}
{{- if kindIs "bool" .Values.gate.admissionPolicy -}}
{{- ternary "true" "" .Values.gate.admissionPolicy -}}
{{- else if .Capabilities.APIVersions.Has "v1/Node" -}}
{{- ternary "true" "" (.Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy") -}}
{{- else -}}
{{- ternary "true" "" (semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
What the chart's own pods tolerate: in a cluster whose nodes are all new, nobody else could lift the
first taint. Usage: include "warm-images.withGateTolerations" (list . tolerations), a YAML list
*/}}
{{- define "warm-images.withGateTolerations" -}}
{{- $tolerations := index . 1 | default list -}}
{{- range splitList " " (include "warm-images.gateTaints" (index . 0)) | compact -}}
{{- $toleration := dict "key" (regexFind "^[^=:]+" .) "operator" "Exists" -}}
{{- /* Not every taint of that key: those of other values are others'. */ -}}
{{- with regexFind "=[^:]+" . | trimPrefix "=" -}}
{{- $_ := merge (set $toleration "operator" "Equal") (dict "value" .) -}}
{{- end -}}
{{- $tolerations = append $tolerations $toleration -}}
{{- end -}}
{{- toYaml ($tolerations | uniq) -}}
{{- end -}}

{{/* Values of the controller as `warm-images.scheduling` takes them; other pods go where it may go. */}}
{{- define "warm-images.controllerScheduling" -}}
{{- $tolerations := include "warm-images.withGateTolerations" (list . .Values.controller.tolerations) | fromYamlArray -}}
{{- include "warm-images.scheduling" (merge (dict "tolerations" $tolerations) .Values.controller) -}}
{{- end -}}

{{- define "warm-images.checkGate" -}}
{{- $gate := .Values.gate -}}
{{- include "warm-images.checkDuration" (list "gate.limit" $gate.limit "1s" "24h") -}}
{{- $name := "[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?" -}}
{{- range regexSplit "[\\s,]+" (include "warm-images.words" $gate.taints) -1 | compact -}}
{{- if not (regexMatch (printf "^%s(/%s)?(=(%s)?)?(:(NoSchedule|PreferNoSchedule|NoExecute))?$" $name $name $name) .) -}}
{{- fail (printf "gate.taints: \"%s\" cannot be a taint: example.com/cold, or key=value:effect" .) -}}
{{- end -}}
{{- /* Those that say how a node is, which Kubernetes and autoscalers set and take away themselves. */ -}}
{{- if regexMatch "^(node|node-role|node[.]cloudprovider)[.]kubernetes[.]io/|^karpenter[.]sh/|^node[.]cluster[.]x-k8s[.]io/|^(ToBeDeletedBy|DeletionCandidateOf)ClusterAutoscaler" . -}}
{{- fail (printf "gate.taints: \"%s\" is not yours to lift: it says how a node is; name one that your nodes bring for this alone" .) -}}
{{- end -}}
{{- end -}}
{{- if regexMatch "^[0-9]+%$" $gate.for -}}
{{- $percent := trimSuffix "%" $gate.for | atoi -}}
{{- if or (lt $percent 1) (gt $percent 100) -}}
{{- fail (printf "gate.for must be from 1%% to 100%%, it is \"%s\"" $gate.for) -}}
{{- end -}}
{{- else if regexMatch "^[\\s0-9.%]*$" $gate.for -}}
{{- fail (printf "gate.for must be running, all, a share such as 80%%, or a label selector; it is \"%s\"" $gate.for) -}}
{{- end -}}
{{- if and $gate.enabled (not (include "warm-images.gateResources" .)) -}}
{{- fail "gate.enabled has nothing to open: gate.taints is empty, and gate.condition is false" -}}
{{- end -}}
{{- end -}}

{{/* What of it looks wrong, one line each. */}}
{{- define "warm-images.gateWarnings" -}}
{{- $found := list -}}
{{- $gate := .Values.gate -}}
{{- if $gate.enabled -}}
{{- $start := now -}}
{{- if (dateModify $gate.limit $start).Before (dateModify "30s" $start) -}}
{{- $found = append $found (printf "gate.limit %s is less than a node needs to start its agent: nearly all would open cold." $gate.limit) -}}
{{- end -}}
{{- if and (regexMatch "^[A-Za-z]+$" $gate.for) (not (has $gate.for (list "running" "all"))) -}}
{{- $found = append $found (printf "gate.for \"%s\" is a label: nodes wait for images of objects that have it, and for no others." $gate.for) -}}
{{- end -}}
{{- $kinds := splitList " " (include "warm-images.kinds" .) -}}
{{- $left := list -}}
{{- if not (has "auto" $kinds) -}}
{{- range list "DaemonSet" "Deployment" "StatefulSet" -}}
{{- if not (has . $kinds) -}}{{- $left = append $left (printf "%ss" .) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if $left -}}
{{- $found = append $found (printf "kinds leaves out %s: new nodes do not wait for their images." (join " and " $left)) -}}
{{- end -}}
{{- if and (kindIs "string" $gate.admissionPolicy) (not (include "warm-images.gatePolicy" .)) -}}
{{- $found = append $found "This cluster has no ValidatingAdmissionPolicy (Kubernetes 1.30): the controller's right to patch nodes is not held to its taints." -}}
{{- end -}}
{{- else if $gate.condition -}}
{{- $found = append $found "gate.condition does nothing without gate.enabled." -}}
{{- end -}}
{{- toYaml $found -}}
{{- end -}}
