"""What two businesses might tell their bots: a bakery and a clinic."""

from __future__ import annotations

from bots.ai.base import Passage

BAKERY = [
    Passage(
        title="Opening hours",
        text="Monday to Friday: 7:00–18:30\nSaturday: 7:00–14:00\nSunday: 8:00–12:00\nWe close on 25 and 26 December.",
    ),
    Passage(
        title="Price list",
        text="""Croissant: €2.40
Almond croissant: €3.20
Pain au chocolat: €2.90
Baguette: €1.80
Sourdough loaf (750 g): €5.60
Cinnamon bun: €3.10
Espresso: €2.20
Cappuccino: €3.40""",
    ),
    Passage(
        title="Allergens and diets",
        text="""All our bread is baked without milk and eggs, so it is vegan. The croissants are made with butter.

## Gluten
We bake a gluten-free loaf on Wednesdays and Saturdays. It comes from the same oven, so traces of wheat are possible.

Nuts: the almond croissant and the nut bread contain nuts.""",
    ),
    Passage(
        title="Cakes to order",
        text="""How far ahead must I order a birthday cake?
Please order three days ahead. In the week before Christmas we need a week.

Do you deliver?
We deliver cakes within 5 km for €6. Bread and pastries are for pick-up only.

Can I cancel an order?
Yes, free of charge until 48 hours before pick-up.""",
    ),
    Passage(
        title="Where to find us",
        text="Rosa's Bakery, 12 Mill Lane, next to St. Mary's church. There is free parking behind the house for 30 minutes. "
        "Dogs are welcome on the terrace, but not inside. Phone: +44 20 7946 0958.",
    ),
]

CLINIC = [
    Passage(
        title="Appointments",
        text="""Appointments are made by phone or on our website. Please bring your insurance card.

How can I cancel my appointment?
Call us at least 24 hours before. For later cancellations we charge a fee of €25.""",
    ),
    Passage(
        title="Consultation hours",
        text="""| Day | Hours |
| --- | --- |
| Monday | 08:00–12:00 and 14:00–18:00 |
| Tuesday | 08:00–12:00 |
| Wednesday | closed |
| Thursday | 08:00–12:00 and 15:00–19:00 |
| Friday | 08:00–13:00 |""",
    ),
    Passage(
        title="Vaccinations",
        text="""We offer these vaccinations:
- Flu, from October
- Tetanus and polio
- Hepatitis A and B
- Travel vaccinations, with advice

A flu shot costs €20 if your insurance does not pay for it.""",
    ),
    Passage(
        title="Prescriptions",
        text="Repeat prescriptions are ready the next working day after 10 am. Dr. Okafor signs them. "
        "You can collect them at the desk or have them sent to your pharmacy.",
    ),
    Passage(
        title="Emergencies",
        text="In an emergency call 112. Outside our hours the on-call service answers at 116 117.",
    ),
]

SPANISH_CLINIC = [
    Passage(
        title="Horario",
        text="Lunes a viernes: de 9:00 a 20:00\nSábado: de 10:00 a 14:00\nDomingo: cerrado",
    ),
    Passage(title="Precios", text="Limpieza dental: 55 €\nRevisión: gratis\nEmpaste: desde 60 €"),
]
