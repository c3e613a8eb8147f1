{{/*
Configuration of the chart's own NATS. The passwords are in files of their own, which come from
Secrets: no variables, as NATS takes some texts in these for numbers or truth values.

The controller's user may do with the bucket what it has to, the agents' user follow it and write
reports: it can neither say what is wanted, nor follow reports, nor change the bucket. A node can write
the reports of all by it; the controller clears away what fills the bucket (mod/flow/room_maker.ts).

With nats.nodeUsers each node has a user of its own: NATS asks the controllers, which know nodes by the
tokens of their agents (auth callout). Who is in `auth_users` logs in without being asked for.
*/}}
{{- define "warm-images.natsConfig" -}}
{{- $bucket := .Values.nats.bucket -}}
server_name: "{{ include "warm-images.fullname" . }}-nats"
port: 4222
{{- if .Values.nats.monitoring.enabled }}
http_port: 8222
{{- end }}
# Reports come in parts of at most 900 KB.
max_payload: 1MB
jetstream {
  store_dir: "/data"
  max_file_store: {{ include "warm-images.natsStoreBytes" . }}
  max_memory_store: 16MB
}
authorization {
  {{- if include "warm-images.nodeUsers" . }}
  # How long a controller has to answer; the programs wait for five seconds.
  timeout: 4
  auth_callout {
    include "logins/node-users.conf"
    auth_users: {{ ternary (list "controller" "agent") (list "controller") (not (empty (include "warm-images.agentUser" .))) | toJson }}
  }
  {{- end }}
  users: [
    {
      user: "controller"
      include "logins/controller.conf"
      permissions: {
        publish: [
          {{- if include "warm-images.nodeUsers" . }}
          # Where NATS takes the answers.
          "$SYS._INBOX.>"
          {{- end }}
          "$JS.API.INFO"
          "$JS.API.STREAM.CREATE.KV_{{ $bucket }}"
          "$JS.API.STREAM.INFO.KV_{{ $bucket }}"
          "$JS.API.STREAM.PURGE.KV_{{ $bucket }}"
          "$JS.API.STREAM.UPDATE.KV_{{ $bucket }}"
          "$JS.API.CONSUMER.CREATE.KV_{{ $bucket }}"
          "$JS.API.CONSUMER.CREATE.KV_{{ $bucket }}.>"
          "$JS.FC.KV_{{ $bucket }}.>"
          "$KV.{{ $bucket }}.>"
        ]
        {{- if include "warm-images.nodeUsers" . }}
        subscribe: ["_INBOX.controller.>", "$SYS.REQ.USER.AUTH", "$JS.EVENT.ADVISORY.STREAM.*.KV_{{ $bucket }}"]
        {{- else }}
        subscribe: ["_INBOX.controller.>", "$JS.EVENT.ADVISORY.STREAM.*.KV_{{ $bucket }}"]
        {{- end }}
      }
    }
    {{- if include "warm-images.agentUser" . }}
    {
      user: "agent"
      include "logins/agent.conf"
      permissions: {
        publish: [
          "$JS.API.INFO"
          "$JS.API.STREAM.INFO.KV_{{ $bucket }}"
          "$JS.API.DIRECT.GET.KV_{{ $bucket }}.$KV.{{ $bucket }}.meta"
          "$JS.API.DIRECT.GET.KV_{{ $bucket }}.$KV.{{ $bucket }}.sealer"
          "$JS.API.CONSUMER.CREATE.KV_{{ $bucket }}.*.$KV.{{ $bucket }}.meta"
          "$JS.API.CONSUMER.CREATE.KV_{{ $bucket }}.*.$KV.{{ $bucket }}.wanted.>"
          "$JS.API.CONSUMER.CREATE.KV_{{ $bucket }}.*.$KV.{{ $bucket }}.node.>"
          "$JS.API.CONSUMER.CREATE.KV_{{ $bucket }}.*.$KV.{{ $bucket }}.sealed.>"
          "$JS.API.CONSUMER.CREATE.KV_{{ $bucket }}.*.$KV.{{ $bucket }}.sealer"
          "$JS.FC.KV_{{ $bucket }}.>"
          "$KV.{{ $bucket }}.beat.>"
          "$KV.{{ $bucket }}.key.>"
          "$KV.{{ $bucket }}.part.>"
          "$KV.{{ $bucket }}.report.>"
        ]
        subscribe: ["_INBOX.agent.>", "$JS.EVENT.ADVISORY.STREAM.*.KV_{{ $bucket }}"]
      }
    }
    {{- end }}
  ]
}
{{ end -}}
