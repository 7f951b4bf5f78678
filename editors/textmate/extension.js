// Starts the language server and stays out of its way.
const { workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

exports.activate = () => {
  const command = workspace.getConfiguration("portreeve").get("path");
  const server = { command, args: ["lsp"], transport: TransportKind.stdio };
  const documents = { documentSelector: [{ language: "reeve" }] };
  client = new LanguageClient("portreeve", "Portreeve", server, documents);
  return client.start();
};

exports.deactivate = () => client?.stop();
