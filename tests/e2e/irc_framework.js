// A client of irc-framework, which The Lounge and Kiwi IRC are built on.
// It says on stdout, a line each, what it is told, and does what it is told on stdin.
const { Client } = require("irc-framework");
const readline = require("readline");

const [port, nick] = process.argv.slice(2);
const client = new Client();
client.requestCap(["echo-message", "draft/chathistory", "message-tags"]);
client.connect({
    host: "127.0.0.1",
    port: Number(port),
    nick,
    username: "thelounge",
    gecos: "A person",
    auto_reconnect: false,
    enable_chghost: true,
    enable_setname: true,
    enable_echomessage: true,
});

const say = (...words) => console.log(words.join(" "));
client.on("registered", () => say("registered", client.network.name));
client.on("join", (e) => say("join", e.nick, e.channel));
client.on("part", (e) => say("part", e.nick, e.channel));
client.on("kick", (e) => say("kick", e.kicked, e.channel, e.message));
client.on("nick", (e) => say("nick", e.nick, e.new_nick));
client.on("quit", (e) => say("quit", e.nick, e.message));
client.on("topic", (e) => say("topic", e.channel, e.topic));
client.on("away", (e) => say("away", e.nick, e.message));
client.on("mode", (e) => say("mode", e.target, e.raw_modes, e.raw_params.join(",")));
client.on("userlist", (e) => {
    say("userlist", e.channel, e.users.map((u) => u.modes.join("") + u.nick).sort());
});
client.on("message", (e) => {
    const past = e.batch ? "past" : "now";
    say("message", past, e.type, e.nick, e.target, e.message, e.tags.msgid || "-");
});
client.on("tagmsg", (e) => say("tagmsg", e.nick, e.target, e.tags["+typing"]));
client.on("socket close", () => process.exit(0));

const commands = {
    join: (room) => client.join(room),
    say: (to, ...words) => client.say(to, words.join(" ")),
    nick: (nick) => client.changeNick(nick),
    typing: (to, how) => client.tagmsg(to, { "+typing": how }),
    whois: (nick) => client.whois(nick, (e) => say("whois", e.nick, e.channels)),
    raw: (...words) => client.raw(words.join(" ")),
    quit: (...words) => client.quit(words.join(" ")),
};
readline.createInterface({ input: process.stdin }).on("line", (line) => {
    const [command, ...words] = line.split(" ");
    commands[command](...words);
});
