{{/*
Configuration of the chart's own NATS. Usage: include "warm-images.natsConfig" (list . passwords), with
the passwords of the users "controller" and "agent".

The controller's user may do with the bucket what it has to, the agents' user follow it and write
reports: it can neither say what is wanted, nor follow reports, nor change the bucket. mod/README.md
gives each node a user of its own, which a chart cannot: it does not know the nodes.
*/}}
{{- define "warm-images.natsConfig" -}}
{{- $root := index . 0 -}}
{{- $passwords := index . 1 -}}
{{- $bucket := $root.Values.nats.bucket -}}
server_name: "{{ include "warm-images.fullname" $root }}-nats"
port: 4222
http_port: 8222
# A node's report of very many images is longer than the usual 1 MB.
max_payload: 8MB
jetstream {
  store_dir: "/data"
  max_file_store: 512MB
  max_memory_store: 16MB
}
authorization {
  users: [
    {
      user: "controller"
      password: "{{ $passwords.controller }}"
      permissions: {
        publish: [
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
        subscribe: ["_INBOX.controller.>", "$JS.EVENT.ADVISORY.STREAM.*.KV_{{ $bucket }}"]
      }
    }
    {
      user: "agent"
      password: "{{ $passwords.agent }}"
      permissions: {
        publish: [
          "$JS.API.INFO"
          "$JS.API.STREAM.INFO.KV_{{ $bucket }}"
          "$JS.API.CONSUMER.CREATE.KV_{{ $bucket }}.*.$KV.{{ $bucket }}.meta"
          "$JS.API.CONSUMER.CREATE.KV_{{ $bucket }}.*.$KV.{{ $bucket }}.wanted.>"
          "$JS.API.CONSUMER.CREATE.KV_{{ $bucket }}.*.$KV.{{ $bucket }}.node.>"
          "$JS.FC.KV_{{ $bucket }}.>"
          "$KV.{{ $bucket }}.report.>"
        ]
        subscribe: ["_INBOX.agent.>", "$JS.EVENT.ADVISORY.STREAM.*.KV_{{ $bucket }}"]
      }
    }
  ]
}
{{ end -}}
