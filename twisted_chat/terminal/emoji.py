"""The emoji that Tab completes from ``:name``; those of the page, by the same names."""

from __future__ import annotations

_NAMES = """
😀 grin happy, 😄 smile, 😂 joy laugh, 🙂 slight_smile, 😉 wink, 😊 blush,
😍 heart_eyes love, 😎 cool sunglasses, 🤔 think thinking, 😐 neutral, 🙄 roll_eyes,
😴 sleep, 😢 cry sad, 😭 sob, 😡 angry, 😱 scream, 🤯 mind_blown, 🥳 party_face,
🤗 hug, 🤷 shrug, 🙈 see_no_evil monkey, 👍 thumbsup +1 yes, 👎 thumbsdown -1 no,
👋 wave hello bye, 🙏 pray thanks please, 👏 clap, 💪 muscle strong,
🤝 handshake deal, ✌️ victory peace, 👀 eyes look, ❤️ heart, 💔 broken_heart,
✨ sparkles, 🔥 fire, 🎉 tada party, 🎂 cake birthday, 🎁 gift, ☕ coffee, 🍕 pizza,
🍺 beer, 🌞 sun, 🌧️ rain, ❄️ snow, 🌈 rainbow, 🐱 cat, 🐶 dog, 🐛 bug, 🌱 plant,
✅ check done ok, ❌ cross, ⚠️ warning, ❓ question, 💡 idea bulb,
🚀 rocket ship_it, 📌 pin, 📎 clip, 🔒 lock, 🔧 wrench fix, 💻 computer laptop,
🎵 music
"""

EMOJI: dict[str, str] = {
    name: entry.split()[0] for entry in _NAMES.split(",") for name in entry.split()[1:]
}
