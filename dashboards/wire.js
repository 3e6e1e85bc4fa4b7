// The wire between the page and its session: clicks go up, changed blocks and files come down.
export function render({ model, el }) {
  model.on("msg:custom", (event) => window.ybPage.receive(event.data ?? event));
  window.ybPage.connect((message) => model.send_msg(message));
}
