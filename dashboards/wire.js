// The wire between the page and its session: clicks go up, changed blocks and files come down.
export function render({ model, el }) {
  model.on("msg:custom", (message) => window.ybPage.receive(message));
  window.ybPage.connect((message) => model.send_msg(message));
}
