{{/*
Parts of the hooks that make and remove logins. Each is an object of Helm's hooks (Argo CD knows these
as its own), and an ordinary one where a render is applied as it is.
*/}}

{{/* Whether any login is to be made up. */}}
{{- define "warm-images.makesLogins" -}}
{{- if or (include "warm-images.nodeUsers" .) (include "warm-images.madeUp" (list . "controller")) (include "warm-images.madeUp" (list . "agent")) -}}
true
{{- end -}}
{{- end -}}

{{/* Namespaces with logins: that of NATS, and that of the agents where it is another. */}}
{{- define "warm-images.loginSpaces" -}}
{{- list .Release.Namespace (include "warm-images.namespace" (list . "agent")) | uniq | toJson -}}
{{- end -}}

{{/* Metadata of a hook. Usage: include "warm-images.loginsHook" (list . "hooks" weight) */}}
{{- define "warm-images.loginsHook" -}}
labels:
  {{- include "warm-images.labels" (list (index . 0) "logins") | nindent 2 }}
annotations:
  helm.sh/hook: {{ index . 1 }}
  helm.sh/hook-weight: "{{ index . 2 }}"
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

{{/*
Account and rights of such a hook: `create` cannot be limited to names, everything else is.
Usage: include "warm-images.loginsRights" (list . "name" "hooks" weight verbs), the verbs being those
for the two Secrets
*/}}
{{- define "warm-images.loginsRights" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $hooks := index . 2 -}}
{{- $weight := index . 3 -}}
{{- $verbs := index . 4 -}}
{{- $fullname := include "warm-images.fullname" $root -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace | quote }}
  {{- include "warm-images.loginsHook" (list $root $hooks $weight) | nindent 2 }}
automountServiceAccountToken: false
{{- if $root.Values.rbac.create }}
{{- range $namespace := include "warm-images.loginSpaces" $root | fromJsonArray }}
{{- $beside := eq $namespace $root.Release.Namespace }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name }}
  namespace: {{ $namespace | quote }}
  {{- include "warm-images.loginsHook" (list $root $hooks $weight) | nindent 2 }}
rules:
  {{- $secrets := list (printf "%s-agent-login" $fullname) }}
  {{- if $beside }}
  {{- $secrets = append $secrets (printf "%s-nats-logins" $fullname) }}
  {{- end }}
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: {{ $secrets | toJson }}
    verbs: {{ $verbs | toJson }}
  {{- if has "get" $verbs }}
  - apiGroups: [""]
    resources: [secrets]
    verbs: [create]
  {{- end }}
  {{- if $beside }}
  {{- if has "get" $verbs }}
  # What an earlier version of the chart made, or nats.passwords held, stays in use.
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: [{{ $fullname }}-nats]
    verbs: [get]
  {{- end }}
  # NATS is restarted when logins changed, and none is removed while it is installed.
  - apiGroups: [apps]
    resources: [{{ include "warm-images.natsWorkload" $root }}]
    resourceNames: [{{ $fullname }}-nats]
    verbs: {{ ternary (list "get" "patch") (list "get") (has "get" $verbs) | toJson }}
  {{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name }}
  namespace: {{ $namespace | quote }}
  {{- include "warm-images.loginsHook" (list $root $hooks (add $weight 1)) | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name }}
subjects:
  - kind: ServiceAccount
    name: {{ $name }}
    namespace: {{ $root.Release.Namespace | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/*
The Job of such a hook. Its name carries a hash of all it does, as a Job cannot be changed: so another
version's can be applied beside it. Usage: include "warm-images.loginsJob" (list . "account" "hooks" weight "command")
*/}}
{{- define "warm-images.loginsJob" -}}
{{- $root := index . 0 -}}
{{- $spec := include "warm-images.loginsJobSpec" . -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "warm-images.fullname" $root }}-logins-{{ sha256sum $spec | trunc 8 }}
  namespace: {{ $root.Release.Namespace | quote }}
  {{- include "warm-images.loginsHook" (list $root (index . 2) (index . 3)) | nindent 2 }}
spec:
  {{- $spec | nindent 2 }}
{{- end -}}

{{- define "warm-images.loginsJobSpec" -}}
{{- $root := index . 0 -}}
{{- $controller := $root.Values.controller -}}
# It tries again for itself, for a minute and a half.
backoffLimit: 2
# One that failed can be looked at for so long; after that, an apply of the same runs it again.
ttlSecondsAfterFinished: 600
template:
  metadata:
    labels:
      {{- include "warm-images.selector" (list $root "logins") | nindent 6 }}
      {{- /* A proxy beside it would keep the Job from ending. */}}
      {{- merge (deepCopy $controller.podLabels) (dict "sidecar.istio.io/inject" "false") | toYaml | nindent 6 }}
  spec:
    restartPolicy: Never
    serviceAccountName: {{ index . 1 }}
    automountServiceAccountToken: true
    enableServiceLinks: false
    {{- with $root.Values.imagePullSecrets }}
    imagePullSecrets:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    securityContext:
      {{- include "warm-images.podSecurity" . | nindent 6 }}
    {{- with $controller.priorityClassName }}
    priorityClassName: {{ . | quote }}
    {{- end }}
    containers:
      - name: logins
        image: {{ include "warm-images.image" (list $controller.image $root.Chart.AppVersion) | quote }}
        imagePullPolicy: {{ $controller.image.pullPolicy }}
        args: [{{ index . 4 }}]
        env:
          - name: LOGINS_FOR
            value: {{ include "warm-images.fullname" $root }}
          - name: AGENT_NAMESPACE
            value: {{ include "warm-images.namespace" (list $root "agent") | quote }}
          - name: NATS_WORKLOAD
            value: {{ include "warm-images.natsWorkload" $root }}
          - name: LOG_LEVEL
            value: {{ $root.Values.logLevel }}
          - name: LOG_FORMAT
            value: {{ $root.Values.logFormat }}
        resources:
          requests:
            cpu: 10m
            memory: 96Mi
          limits:
            memory: 256Mi
        securityContext:
          {{- include "warm-images.containerSecurity" . | nindent 10 }}
    {{- include "warm-images.controllerScheduling" $root | nindent 4 }}
{{- end -}}
