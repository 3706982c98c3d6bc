"""The fixed texts that contacts get."""

from __future__ import annotations

from collections.abc import Mapping

from bots.commands import ENGLISH, Name, to_type

AI_UNAVAILABLE = "I'm having trouble connecting right now. Please try again in a moment."
RATE_LIMITED = "I'm receiving a lot of messages. Please wait a moment before sending another."
INVALID_CONFIGURATION = "The service is temporarily unavailable. Please contact support."
TIMEOUT = "This is taking longer than expected. Let me try again..."

RESET_DONE = "Done. I've forgotten our conversation so far. How can I help?"
WORDS_ONLY = "I can only read text messages for now. Please write your question in words."

#: Outside the hours, instead of an answer and before one. {opens}: "on Monday at 09:00".
CLOSED = "Thank you for your message! We're closed right now and open again {opens}. We'll read it then."
CLOSED_NOTE = "We're closed right now and open again {opens}. Meanwhile I'll gladly help you here."

#: What is said once, whatever was written: the reason in `bots.rules` -> the text.
NOTICES: Mapping[str, str] = {"rate_limited": RATE_LIMITED, "no_words": WORDS_ONLY}

#: What is answered to a command, in the language of its word. {name}: the business; {stop} and the like: the word to
#: type.
COMMAND_REPLIES: Mapping[str, Mapping[Name, str]] = {
    "en": {
        "stop": "You won't hear from us again. Write {start} whenever you want to talk again.",
        "start": "Welcome back! I'm answering your messages again. How can I help?",
        "help": "I'm the assistant of {name}. Just write your question.\n\nYou can also write:\n"
        "{human}: a person takes over\n{reset}: start from the beginning\n{stop}: no more messages from us",
        "reset": RESET_DONE,
        "human": "A person will answer you here. Until then I'll be quiet; write {start} to talk with me again.",
    },
    "de": {
        "stop": "Du bekommst keine Nachrichten mehr von uns. Schreib {start}, wenn du wieder mit uns reden möchtest.",
        "start": "Willkommen zurück! Ich beantworte deine Nachrichten wieder. Wie kann ich helfen?",
        "help": "Ich bin der Assistent von {name}. Schreib einfach deine Frage.\n\nDu kannst auch schreiben:\n"
        "{human}: ein Mensch übernimmt\n{reset}: von vorn beginnen\n{stop}: keine Nachrichten mehr von uns",
        "reset": "Erledigt. Ich habe unser bisheriges Gespräch vergessen. Wie kann ich helfen?",
        "human": "Ein Mensch antwortet dir hier. Bis dahin bin ich still; schreib {start}, um wieder mit mir zu reden.",
    },
    "fr": {
        "stop": "Vous ne recevrez plus de messages de notre part. Écrivez {start} pour reprendre quand vous voulez.",
        "start": "Content de vous revoir ! Je réponds de nouveau à vos messages. Comment puis-je vous aider ?",
        "help": "Je suis l'assistant de {name}. Écrivez simplement votre question.\n\nVous pouvez aussi écrire :\n"
        "{human} : une personne prend le relais\n{reset} : tout reprendre du début\n"
        "{stop} : ne plus recevoir de messages",
        "reset": "C'est fait. J'ai oublié notre conversation. Comment puis-je vous aider ?",
        "human": "Une personne vous répondra ici. D'ici là, je me tais ; écrivez {start} pour me reparler.",
    },
    "es": {
        "stop": "No recibirás más mensajes nuestros. Escribe {start} cuando quieras volver a hablar con nosotros.",
        "start": "¡Qué bien que vuelvas! Respondo de nuevo a tus mensajes. ¿En qué puedo ayudarte?",
        "help": "Soy el asistente de {name}. Escribe tu pregunta sin más.\n\nTambién puedes escribir:\n"
        "{human}: te atiende una persona\n{reset}: empezar de nuevo\n{stop}: no recibir más mensajes",
        "reset": "Hecho. He olvidado nuestra conversación. ¿En qué puedo ayudarte?",
        "human": "Una persona te responderá aquí. Hasta entonces callo; escribe {start} para volver a hablar conmigo.",
    },
    "pt": {
        "stop": "Você não receberá mais mensagens nossas. Escreva {start} quando quiser voltar a falar conosco.",
        "start": "Que bom ter você de volta! Respondo de novo às suas mensagens. Como posso ajudar?",
        "help": "Sou o assistente de {name}. É só escrever a sua pergunta.\n\nVocê também pode escrever:\n"
        "{human}: uma pessoa atende você\n{reset}: começar de novo\n{stop}: não receber mais mensagens",
        "reset": "Pronto. Esqueci a nossa conversa até aqui. Como posso ajudar?",
        "human": "Uma pessoa vai responder aqui. Até lá fico em silêncio; escreva {start} para voltar a falar comigo.",
    },
    "it": {
        "stop": "Non riceverai più messaggi da noi. Scrivi {start} quando vuoi tornare a parlare con noi.",
        "start": "Bentornato! Rispondo di nuovo ai tuoi messaggi. Come posso aiutarti?",
        "help": "Sono l'assistente di {name}. Scrivi semplicemente la tua domanda.\n\nPuoi anche scrivere:\n"
        "{human}: ti risponde una persona\n{reset}: ricominciare da capo\n{stop}: non ricevere più messaggi",
        "reset": "Fatto. Ho dimenticato la nostra conversazione. Come posso aiutarti?",
        "human": "Una persona ti risponderà qui. Fino ad allora tacerò; scrivi {start} per parlare di nuovo con me.",
    },
    "nl": {
        "stop": "Je krijgt geen berichten meer van ons. Schrijf {start} als je weer met ons wilt praten.",
        "start": "Welkom terug! Ik beantwoord je berichten weer. Waarmee kan ik helpen?",
        "help": "Ik ben de assistent van {name}. Schrijf gewoon je vraag.\n\nJe kunt ook schrijven:\n"
        "{human}: een mens neemt het over\n{reset}: opnieuw beginnen\n{stop}: geen berichten meer van ons",
        "reset": "Klaar. Ik ben ons gesprek tot nu toe vergeten. Waarmee kan ik helpen?",
        "human": "Een mens antwoordt je hier. Tot die tijd ben ik stil; schrijf {start} om weer met mij te praten.",
    },
    "pl": {
        "stop": "Nie będziesz już dostawać od nas wiadomości. Napisz {start}, aby znów z nami porozmawiać.",
        "start": "Witaj ponownie! Znów odpowiadam na Twoje wiadomości. W czym mogę pomóc?",
        "help": "Jestem asystentem firmy {name}. Po prostu napisz pytanie.\n\nMożesz też napisać:\n"
        "{human}: odpowie Ci człowiek\n{reset}: zacznij od początku\n{stop}: żadnych wiadomości od nas",
        "reset": "Gotowe. Nasza dotychczasowa rozmowa jest zapomniana. W czym mogę pomóc?",
        "human": "Człowiek odpowie Ci tutaj. Do tego czasu milczę; napisz {start}, aby znów rozmawiać ze mną.",
    },
    "tr": {
        "stop": "Artık bizden mesaj almayacaksınız. Yeniden konuşmak istediğinizde {start} yazın.",
        "start": "Tekrar hoş geldiniz! Mesajlarınızı yine yanıtlıyorum. Nasıl yardımcı olabilirim?",
        "help": "Ben {name} asistanıyım. Sorunuzu yazmanız yeterli.\n\nŞunları da yazabilirsiniz:\n"
        "{human}: bir insan devralır\n{reset}: baştan başlarız\n{stop}: bizden mesaj gelmez",
        "reset": "Tamam. Şimdiye kadarki konuşmamızı unuttum. Nasıl yardımcı olabilirim?",
        "human": "Size burada bir insan yanıt verecek. O zamana kadar susuyorum; benimle konuşmak için {start} yazın.",
    },
    "ar": {
        "stop": "لن تصلك رسائل منا بعد الآن. اكتب {start} متى أردت التحدث معنا من جديد.",
        "start": "أهلاً بعودتك! سأجيب عن رسائلك من جديد. كيف يمكنني مساعدتك؟",
        "help": "أنا مساعد {name}. اكتب سؤالك فحسب.\n\nيمكنك أيضاً أن تكتب:\n"
        "{human}: يجيبك شخص\n{reset}: نبدأ من البداية\n{stop}: لا رسائل منا بعد ذلك",
        "reset": "تم. لقد نسيت محادثتنا حتى الآن. كيف يمكنني مساعدتك؟",
        "human": "سيجيبك شخص هنا. لن أكتب حتى ذلك الحين؛ اكتب {start} للتحدث معي من جديد.",
    },
    "hi": {
        "stop": "अब आपको हमारे संदेश नहीं मिलेंगे। फिर से बात करने के लिए {start} लिखें।",
        "start": "आपका फिर से स्वागत है! मैं आपके संदेशों का जवाब फिर से दे रहा हूँ। मैं कैसे मदद करूँ?",
        "help": "मैं {name} का सहायक हूँ। बस अपना सवाल लिखें।\n\nआप यह भी लिख सकते हैं:\n"
        "{human}: कोई व्यक्ति जवाब देगा\n{reset}: शुरू से बात करें\n{stop}: हमारे संदेश बंद करें",
        "reset": "हो गया। मैंने अब तक की हमारी बातचीत भुला दी है। मैं कैसे मदद करूँ?",
        "human": "कोई व्यक्ति आपको यहाँ जवाब देगा। तब तक मैं चुप रहूँगा; मुझसे फिर बात करने के लिए {start} लिखें।",
    },
    "id": {
        "stop": "Anda tidak akan menerima pesan dari kami lagi. Tulis {start} jika ingin berbicara lagi.",
        "start": "Selamat datang kembali! Saya menjawab pesan Anda lagi. Ada yang bisa saya bantu?",
        "help": "Saya asisten {name}. Tulis saja pertanyaan Anda.\n\nAnda juga bisa menulis:\n"
        "{human}: seseorang akan menjawab\n{reset}: mulai dari awal\n{stop}: tidak ada pesan lagi dari kami",
        "reset": "Selesai. Percakapan kita sejauh ini sudah saya lupakan. Ada yang bisa saya bantu?",
        "human": "Seseorang akan menjawab Anda di sini. Sampai saat itu saya diam; tulis {start} untuk berbicara lagi.",
    },
}


def reply_to(command: Name, *, language: str = ENGLISH, tenant_name: str = "") -> str:
    """What is answered to a command, as Markdown."""
    return COMMAND_REPLIES[language][command].format(name=tenant_name, **to_type(language))
