"""Small grammars of prompts in several languages and scripts: templates with slots, and what fills these."""

from __future__ import annotations

import random
import re
from typing import NamedTuple


class Grammar(NamedTuple):
    """Templates of one language, and fillers by slot."""

    templates: tuple[str, ...]
    slots: dict[str, tuple[str, ...]]

    def fill(self, template: str, rng: random.Random) -> str:
        """Return a prompt made from a template, every slot filled on its own."""
        return re.sub(r"\{(\w+)\}", lambda slot: self._filler(slot[1], rng), template)

    def _filler(self, slot: str, rng: random.Random) -> str:
        if slot == "n":
            return str(rng.randrange(2, 10_000))
        if slot == "text":  # several sentences, so that the slot is longer than what is fixed
            return " ".join(rng.choices(self.slots["text"], k=rng.randrange(2, 6)))
        return rng.choice(self.slots[slot])

    def apart(self, rng: random.Random) -> tuple[Grammar, Grammar]:
        """Return two grammars of the same templates without a filler in common, so that only the fixed text is."""
        one, other = {}, {}
        for slot, fillers in self.slots.items():
            shuffled = rng.sample(fillers, len(fillers))
            one[slot], other[slot] = tuple(shuffled[::2]), tuple(shuffled[1::2])
        return self._replace(slots=one), self._replace(slots=other)

    def pair(self, template: str, rng: random.Random) -> tuple[str, str]:
        """Return two prompts that differ in every slot of a template and in nothing else."""
        one, other = self.apart(rng)
        return one.fill(template, rng), other.fill(template, rng)


GRAMMARS = {
    "english": Grammar(
        (
            "You are grading an answer about {topic}. Give one point for each correct step, and take one away for"
            " each wrong one. {text} Reply with the number of points only.",
            "{text}\nBefore you answer, write down everything that goes through your mind, one thought to a line.",
            "Make up exercise {n} on {topic} for pupils who have just learned about {thing}, and solve it in full.",
            "Question: {text}\nReference: {text}\nDecide whether both say the same, and explain your decision.",
        ),
        {
            "topic": ("harbour pilots", "tidal power", "Roman roads", "bird migration", "bread making", "knot theory"),
            "thing": ("levers", "fractions", "the water cycle", "rhyme", "magnets", "the silk trade"),
            "text": (
                "Ships waited three days for the storm to pass.",
                "The bakers begin their work long before sunrise.",
                "Nobody had repaired the eastern bridge since the flood.",
                "Her letters describe a town without a single tree.",
                "A rope of hemp shrinks when it becomes wet.",
                "Each lamp was numbered and lit by hand.",
                "They measured the depth of the well with a stone.",
                "Why does copper turn green on church roofs?",
            ),
        },
    ),
    "german": Grammar(
        (
            "Du bist Prüfer für das Fach {fach}. Bewerte die folgende Antwort mit einer ganzen Zahl und begründe sie"
            " in genau zwei Sätzen. {text}",
            "{text}\nErkläre deine Überlegungen Schritt für Schritt, bevor du das Ergebnis nennst.",
            "Erfinde Aufgabe Nummer {n} zum Thema {fach} und gib danach eine ausführliche Musterlösung an.",
        ),
        {
            "fach": ("Strömungslehre", "Erbrecht", "Gartenbau", "Vermessung", "Kirchengeschichte", "Statik"),
            "text": (
                "Der Fluss trat im März zweimal über die Ufer.",
                "Die Mühle steht seit vierzig Jahren still.",
                "Niemand kannte den Weg über den Pass.",
                "Im Keller lagerten Äpfel, Kohl und Rüben.",
                "Sie zählten die Schafe am Abend noch einmal.",
                "Warum friert Salzwasser erst bei tieferen Temperaturen?",
            ),
        },
    ),
    "russian": Grammar(
        (
            "Ты проверяешь ответы учеников по теме «{topic}». Оцени следующий ответ по десятибалльной шкале. {text}",
            "{text}\nСначала запиши все свои рассуждения по порядку, и только потом дай окончательный ответ.",
        ),
        {
            "topic": ("оптика", "право", "садоводство", "мосты", "керамика", "океаны"),
            "text": (
                "Река разлилась ещё в начале апреля.",
                "Старая мельница давно не работает.",
                "Он вернулся домой поздно вечером.",
                "Почему соль растворяется в воде?",
                "Дети собирали яблоки до самого дождя.",
            ),
        },
    ),
    "chinese": Grammar(
        (
            "你是一位严格的阅卷老师，请根据评分标准给下面的答案打分。题目类型：{topic}。{text}",
            "{text}在给出最终答案之前，请把你的全部思考过程一步一步写出来。",
            "请围绕{topic}编写第{n}道练习题，并给出详细的解题过程。",
        ),
        {
            "topic": ("潮汐", "丝绸贸易", "桥梁设计", "果树栽培", "古代历法", "陶瓷"),
            "text": (
                "河水在三月份涨了两次。",
                "那座磨坊已经停了四十年。",
                "没有人知道翻山的小路。",
                "为什么海水比河水更难结冰？",
                "孩子们一直摘苹果到下雨。",
            ),
        },
    ),
    "japanese": Grammar(
        (
            "あなたは厳格な採点者です。次の答案を百点満点で採点してください。分野は{topic}です。{text}",
            "{text}最終的な答えを出す前に、考えたことをすべて順番に書き出してください。",
        ),
        {
            "topic": ("潮の満ち引き", "橋の設計", "果樹の栽培", "古い暦", "焼き物"),
            "text": (
                "川は三月に二度あふれました。",
                "水車小屋はもう動いていません。",
                "峠を越える道を誰も知りませんでした。",
                "なぜ海の水は凍りにくいのですか。",
            ),
        },
    ),
    "korean": Grammar(
        (
            "당신은 엄격한 채점자입니다. 다음 답안을 채점 기준에 따라 평가하세요. 분야: {topic}. {text}",
            "{text} 최종 답을 말하기 전에 생각의 과정을 한 단계씩 모두 적어 주세요.",
        ),
        {
            "topic": ("조수 간만", "다리 설계", "과수 재배", "옛 달력", "도자기"),
            "text": (
                "강은 삼월에 두 번 넘쳤습니다.",
                "물레방아는 오래전에 멈췄습니다.",
                "아무도 고개를 넘는 길을 몰랐습니다.",
                "바닷물은 왜 잘 얼지 않습니까?",
            ),
        },
    ),
    "arabic": Grammar(
        (
            "أنت مصحح صارم للإجابات في موضوع {topic}. قيّم الإجابة التالية من عشر درجات واذكر السبب باختصار. {text}",
            "{text}\nاكتب كل خطوات تفكيرك بالترتيب قبل أن تعطي الجواب النهائي.",
        ),
        {
            "topic": ("المد والجزر", "تصميم الجسور", "زراعة الأشجار", "التقويم القديم", "الخزف"),
            "text": (
                "فاض النهر مرتين في شهر مارس.",
                "توقفت الطاحونة منذ أربعين عاما.",
                "لم يعرف أحد الطريق عبر الجبل.",
                "لماذا لا يتجمد ماء البحر بسهولة؟",
            ),
        },
    ),
    "hindi": Grammar(
        (
            "आप {topic} विषय के एक सख्त परीक्षक हैं। नीचे दिए गए उत्तर को दस में से अंक दीजिए और कारण बताइए। {text}",
            "{text}\nअंतिम उत्तर देने से पहले अपनी सोच का हर कदम क्रम से लिखिए।",
        ),
        {
            "topic": ("ज्वार भाटा", "पुल निर्माण", "बागवानी", "प्राचीन पंचांग", "मिट्टी के बर्तन"),
            "text": (
                "नदी मार्च में दो बार उफान पर आई।",
                "चक्की चालीस साल से बंद पड़ी है।",
                "पहाड़ के पार का रास्ता कोई नहीं जानता था।",
                "समुद्र का पानी आसानी से क्यों नहीं जमता?",
            ),
        },
    ),
    "thai": Grammar(
        (
            "คุณเป็นผู้ตรวจข้อสอบที่เข้มงวดในวิชา{topic} กรุณาให้คะแนนคำตอบต่อไปนี้เต็มสิบคะแนนพร้อมเหตุผลสั้นๆ {text}",
            "{text} ก่อนให้คำตอบสุดท้าย โปรดเขียนขั้นตอนการคิดทั้งหมดตามลำดับ",
        ),
        {
            "topic": ("น้ำขึ้นน้ำลง", "การออกแบบสะพาน", "การปลูกไม้ผล", "ปฏิทินโบราณ", "เครื่องปั้นดินเผา"),
            "text": (
                "แม่น้ำล้นตลิ่งสองครั้งในเดือนมีนาคม",
                "โรงสีหยุดทำงานมาสี่สิบปีแล้ว",
                "ไม่มีใครรู้ทางข้ามภูเขา",
                "ทำไมน้ำทะเลจึงแข็งตัวยาก",
            ),
        },
    ),
    "code": Grammar(
        (
            "```python\ndef {name}(rows):\n    return [row for row in rows if row.{field} > {n}]\n```\n"
            "Rewrite this function without a comprehension, and comment on every line what it does and why.",
            "SELECT {field} FROM {name} WHERE {field} = {n};\n-- Explain how the query planner of a column store would"
            " run this statement, and what it would read from disk.",
        ),
        {
            "name": ("orders", "sensors", "invoices", "visits", "parcels", "readings"),
            "field": ("price", "weight", "depth", "age", "speed", "rank"),
            "text": (),
        },
    ),
}

# What the sketch sees less of: templates whose fixed text is a few words between slots. For the figures of
# docs/sketch.md; the first half is written as an operator would, the second half is shorter still.
TERSE = Grammar(
    (
        "You are an expert in {topic}. Write a detailed explanation of {thing} for {person}. Include {n} examples.",
        "Generate {n} question and answer pairs about {topic} in JSON format.",
        "Solve the following problem step by step: {text}",
        "Write a {language} tutorial on {topic} with {n} exercises and solutions at the end.",
        "Evaluate the quality of the response to the instruction. Instruction: {text} Response: {text} Score:",
        "Explain how {thing} relates to {topic}, and give your reasoning before the final answer.",
        "Imagine you are {person}. Describe {topic} in {n} words, then list three common mistakes.",
        "Question: {text} Let's think step by step and write the final answer after ####.",
        "Rewrite the following text in the style of {person}: {text}",
        "Task {n}: {text} Output only valid JSON with the keys 'thought' and 'answer'.",
        "Given the passage: {text} Answer the question: {text}",
        "Please act as {person} and write a short poem about {thing}.",
        "Create a dialogue between {person} and {person} about {topic}.",
        "Translate the following sentence into {language}: {text}",
        "Explain {topic} to {person} in simple words.",
        "Write a short story about {thing} and {thing}.",
        "{text} Think step by step.",
        "Context: {text}\nQuestion: {text}\nAnswer:",
        "Give me {n} arguments for and against {topic}.",
        "As {person}, solve this problem about {topic} and show every step: {text}",
    ),
    GRAMMARS["english"].slots
    | {
        "person": ("a child of six", "my grandmother", "a retired judge", "new recruits", "a sceptical farmer"),
        "language": ("Finnish", "Tamil", "Welsh", "Quechua", "Basque", "Swahili"),
    },
)
