/** nginx as the API behind every gateway: it answers a small JSON at once, so that it is never what is measured. */
export const upstreamConf = (port: number, folder: string) => `
daemon off; worker_processes 1; pid ${folder}/upstream.pid; error_log ${folder}/upstream.log;
events { worker_connections 32768; }
http {
  access_log off; keepalive_requests 10000000; client_body_temp_path ${folder}/u1; proxy_temp_path ${folder}/u2;
  fastcgi_temp_path ${folder}/u3; uwsgi_temp_path ${folder}/u4; scgi_temp_path ${folder}/u5;
  server { listen 127.0.0.1:${port} backlog=4096; default_type application/json;
    location / { return 200 '{"ok":true,"items":[1,2,3],"text":"a small answer"}'; } }
}`

/** nginx with limit_req by API key: the far end, which nobody in JavaScript reaches. */
export const nginxConf = (port: number, upstream: number, folder: string) => `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
events { worker_connections 32768; }
http {
  access_log off; keepalive_requests 10000000; client_body_temp_path ${folder}/n1; proxy_temp_path ${folder}/n2;
  fastcgi_temp_path ${folder}/n3; uwsgi_temp_path ${folder}/n4; scgi_temp_path ${folder}/n5;
  limit_req_zone $http_x_api_key zone=keys:10m rate=1000000r/s;
  upstream api { server 127.0.0.1:${upstream}; keepalive 128; keepalive_requests 10000000; }
  server { listen 127.0.0.1:${port} backlog=4096;
    location /connect { limit_req zone=keys burst=100000 nodelay; proxy_pass http://api; proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; }
    location / { limit_req zone=keys burst=100000 nodelay; proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection ""; } }
}`

/** HAProxy with a stick table by API key: the other far end. */
export const haproxyConf = (port: number, upstream: number) => `
global
  nbthread 1
  maxconn 9900
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  http-reuse always
frontend in
  bind 127.0.0.1:${port}
  stick-table type string len 64 size 1m expire 60s store http_req_rate(60s)
  http-request track-sc0 hdr(x-api-key)
  http-request deny deny_status 429 if { sc_http_req_rate(0) gt 1000000000 }
  default_backend api
backend api
  server one 127.0.0.1:${upstream}
`
