from twisted.application.service import ServiceMaker

twisted_chat = ServiceMaker(
    "twisted-chat", "twisted_chat.tap", "A chat server with many doors.", "chat"
)
